"""The view of series also says its middle picture, and for each plane and phase of its images why they are said."""

from alembic import op

revision = "catalog_0016"
down_revision = "catalog_0015"

_SERIES = """
CREATE OR REPLACE VIEW rcdm.radiology_series AS
WITH steps AS (
    SELECT image.*, image.slice_position - lag(image.slice_position) OVER (
        PARTITION BY radiology_occurrence_id, series_instance_uid, frame_of_reference_uid, acquisition_number,
                     temporal_position
        ORDER BY slice_position) AS step
    FROM rcdm.radiology_image image
), series AS (
    SELECT radiology_occurrence_id, series_instance_uid,
        min(series_number) AS series_number, min(series_description) AS series_description,
        min(modality) AS modality, min(body_part) AS body_part, min(sequence_kind) AS sequence_kind,
        min(image_type_class) AS image_type_class, count(*)::integer AS image_count,
        count(*) FILTER (WHERE render_status = 'PICTURE')::integer AS picture_count,
        mode() WITHIN GROUP (ORDER BY image_plane) AS common_plane,
        array_agg(DISTINCT image_phase ORDER BY image_phase) AS phases,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY step) FILTER (WHERE step > 0.01) AS spacing_mm,
        min(step) FILTER (WHERE step > 0.01) AS least_step, max(step) FILTER (WHERE step > 0.01) AS largest_step,
        array_agg(image_plane) AS planes,
        array_agg(image_id ORDER BY phase_group, image_no, sop_instance_uid)
            FILTER (WHERE render_status = 'PICTURE') AS pictures,
        jsonb_object_agg(image_plane, plane_reason) AS plane_reasons,
        jsonb_object_agg(image_phase, phase_reason) AS phase_reasons
    FROM steps GROUP BY radiology_occurrence_id, series_instance_uid
)
SELECT radiology_occurrence_id, series_instance_uid, series_number, series_description, modality, body_part,
    sequence_kind, image_type_class, image_count, picture_count,
    CASE WHEN 2 * (SELECT count(*) FROM unnest(planes) AS plane WHERE plane = common_plane) > image_count
         THEN common_plane ELSE 'UNKNOWN' END AS image_plane,
    phases, spacing_mm,
    greatest(largest_step - spacing_mm, spacing_mm - least_step) <= greatest(0.05, 0.02 * spacing_mm) AS is_even,
    pictures[(cardinality(pictures) + 1) / 2] AS thumbnail_image_id, plane_reasons, phase_reasons
FROM series
"""


def upgrade() -> None:
    """Makes the view anew: it only grows."""
    op.execute(_SERIES)
