"""The questions settle.py asks about all images of some studies ($1: their ids), and the numbering it orders."""

CELLS = """
SELECT radiology_occurrence_id, phase_group, corrected_phase, frame_of_reference_uid, series_instance_uid,
    acquisition_number, temporal_position, own_phase, own_phase_source, image_plane, image_type_class,
    modality, sequence_kind, has_agent, acquisition_settings, render_status, intensity_settings,
    CASE WHEN plane_source <> 'CORRECTED' THEN frame_planes END AS frame_planes, count(*) AS count,
    min(series_number) AS series_number, min(series_description) AS series_description,
    min(acquired_at) AS acquired_at, min(slice_position) AS low_mm, max(slice_position) AS high_mm,
    min(own_phase_confidence) AS confidence, min(own_phase_reason) AS reason, min(content_time) AS content_time,
    sum(body_cells) AS body_cells, sum(bright_cells) AS bright_cells
FROM rcdm.radiology_image WHERE radiology_occurrence_id = ANY($1)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
"""

# A short MR series that looks from all three sides was made to plan others, whatever its names say; it stops being one
# when more images come. Images of before know no class of their own and stay as they are.
MARK_PLANNING = """
WITH series AS (
    SELECT radiology_occurrence_id, series_instance_uid, count(*) <= 45
        AND bool_and(modality = 'MR' AND number_of_frames = 1 AND own_image_type_class <> 'SECONDARY'
            AND coalesce(image_type, '') NOT LIKE 'DERIVED%')
        AND array_agg(DISTINCT image_plane::text) @> '{AXIAL,CORONAL,SAGITTAL}' AS is_planning
    FROM rcdm.radiology_image WHERE radiology_occurrence_id = ANY($1) AND own_image_type_class IS NOT NULL GROUP BY 1, 2
)
UPDATE rcdm.radiology_image image
SET image_type_class = CASE WHEN is_planning THEN 'LOCALIZER' ELSE own_image_type_class END
FROM series WHERE image.radiology_occurrence_id = series.radiology_occurrence_id
    AND image.series_instance_uid = series.series_instance_uid
    AND image_type_class <> CASE WHEN is_planning THEN 'LOCALIZER' ELSE own_image_type_class END
"""

# Who the images say they show, the likeliest first: somebody named before a stand-in, then the most images.
PERSONS = """
SELECT radiology_occurrence_id, person_id, from_study
FROM (
    SELECT radiology_occurrence_id, person_id, bool_and(person_from_study) AS from_study, count(*) AS images
    FROM rcdm.radiology_image WHERE radiology_occurrence_id = ANY($1) GROUP BY 1, 2
) AS shown JOIN cdm.person USING (person_id)
ORDER BY radiology_occurrence_id, from_study, images DESC, person_source_value, person_id
"""

FACTS = """
SELECT image.radiology_occurrence_id, min(received_at) AS received_at,
    mode() WITHIN GROUP (ORDER BY person_sex) FILTER (WHERE person_sex <> 'U') AS person_sex,
    min(person_birth_year) AS person_birth_year, min(person_age_days) AS person_age_days,
    min(accession_number) AS accession_number, bool_or(assigned_uids <> '{}') AS has_assigned_uids,
    bool_or(person_placeholder) AS person_placeholder,
    (array_agg(image.radiology_condition_id ORDER BY received_at, source_digest)
        FILTER (WHERE image.radiology_condition_id IS NOT NULL))[1] AS radiology_condition_id
FROM rcdm.radiology_image image LEFT JOIN rcdm.radiology_condition USING (radiology_condition_id)
WHERE image.radiology_occurrence_id = ANY($1) GROUP BY 1
"""

# One image for each of the first series: what a study says of itself stands in all of them, or in one of the first.
SPOKESMEN = """
SELECT radiology_occurrence_id, tags FROM (
    SELECT radiology_occurrence_id, tags, row_number() OVER (
        PARTITION BY radiology_occurrence_id
        ORDER BY render_status = 'NO_PICTURE', image_type_class <> 'PRIMARY', series_number, series_instance_uid
    ) AS place
    FROM (
        SELECT DISTINCT ON (radiology_occurrence_id, series_instance_uid) *
        FROM rcdm.radiology_image WHERE radiology_occurrence_id = ANY($1)
        ORDER BY radiology_occurrence_id, series_instance_uid, render_status = 'NO_PICTURE', instance_number,
            sop_instance_uid
    ) AS first_of_series
) AS spokesman WHERE place <= 8 ORDER BY radiology_occurrence_id, place
"""

# $2 …: occurrence, phase group, and the phase decided for it. Rows that say so already are left alone. What a person
# corrected holds instead, and images of one group with different phases are numbered apart.
NUMBER_IMAGES = """
WITH decided AS (
    SELECT * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::double precision[], $7::text[])
        AS new (radiology_occurrence_id, phase_group, phase, source, confidence, reason)
), own AS (
    SELECT *, coalesce(corrected_phase, phase) AS held, corrected_phase IS NOT NULL AS by_person
    FROM (SELECT image_id, radiology_occurrence_id, phase_group, corrected_phase, acquisition_number, instance_number,
                 sop_instance_uid, round(slice_position * 1000) AS place
          FROM rcdm.radiology_image WHERE radiology_occurrence_id = ANY($1)) AS image
    JOIN decided USING (radiology_occurrence_id, phase_group)
), numbered AS (
    SELECT image_id, held,
        (row_number() OVER in_group)::integer AS number,
        (count(*) OVER (PARTITION BY radiology_occurrence_id, phase_group, held))::integer AS total,
        CASE WHEN by_person THEN 'CORRECTED' ELSE source END AS held_by,
        CASE WHEN by_person THEN 1 ELSE confidence END AS surely,
        CASE WHEN by_person THEN 'a person corrected it' ELSE reason END AS because,
        CASE WHEN by_person THEN phase END AS first_phase, CASE WHEN by_person THEN source END AS first_source
    FROM own
    WINDOW in_group AS (PARTITION BY radiology_occurrence_id, phase_group, held
                        ORDER BY place, acquisition_number, instance_number, sop_instance_uid)
)
UPDATE rcdm.radiology_image image
SET image_no = number, phase_total_no = total, image_phase = held, phase_source = held_by,
    phase_confidence = surely, phase_reason = because, original_phase = first_phase,
    original_phase_source = first_source
FROM numbered
WHERE image.image_id = numbered.image_id
    AND (image_no, phase_total_no, image_phase, phase_source, phase_confidence, phase_reason, original_phase,
         original_phase_source)
        IS DISTINCT FROM (number, total, held, held_by, surely, because, first_phase, first_source)
"""

# The middle picture of the series with the most of them.
THUMBNAILS = """
SELECT DISTINCT ON (radiology_occurrence_id) radiology_occurrence_id, image_id FROM (
    SELECT radiology_occurrence_id, image_id, series_instance_uid, image_type_class,
        row_number() OVER (PARTITION BY radiology_occurrence_id, series_instance_uid
                           ORDER BY phase_group, image_no, sop_instance_uid) AS place,
        count(*) OVER (PARTITION BY radiology_occurrence_id, series_instance_uid) AS pictures
    FROM rcdm.radiology_image WHERE radiology_occurrence_id = ANY($1) AND render_status = 'PICTURE'
) AS picture WHERE place = (pictures + 1) / 2
ORDER BY radiology_occurrence_id, image_type_class = 'LOCALIZER', pictures DESC, series_instance_uid
"""
