"""Who the patient is: the elements that name a person directly, and the part of a header they are split off into."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydicom.datadict import tag_for_keyword

from imaging.header.dicom_json import Document, date_value, text

# From PS3.15 Table E.1-1, what points at a person without any other source: names, numbers given by an office,
# addresses, dates of birth, and free text about one person. Every PN is one as well. UIDs, study dates, devices and
# institutions stay: the catalogue needs them, and the way out cleans them (deidentify.py).
IDENTIFYING_KEYWORDS = (
    # The patient
    *("PatientID", "IssuerOfPatientID", "IssuerOfPatientIDQualifiersSequence", "TypeOfPatientID", "OtherPatientIDs"),
    *("OtherPatientIDsSequence", "OtherPatientNames", "PatientBirthDate", "PatientBirthTime", "PatientAddress"),
    *("PatientBirthDateInAlternativeCalendar", "PatientDeathDateInAlternativeCalendar", "PatientAlternativeCalendar"),
    *("PatientBirthName", "PatientMotherBirthName", "PatientTelephoneNumbers", "PatientTelecomInformation"),
    *("MilitaryRank", "BranchOfService", "MedicalRecordLocator", "PatientInsurancePlanCodeSequence"),
    *("PatientPrimaryLanguageCodeSequence", "PatientReligiousPreference", "CountryOfResidence", "RegionOfResidence"),
    *("ReferencedPatientPhotoSequence", "ReferencedPatientSequence", "Occupation", "InsurancePlanIdentification"),
    *("PatientInstitutionResidence", "CurrentPatientLocation", "SourcePatientGroupIdentificationSequence"),
    *("GroupOfPatientsIdentificationSequence", "PersonAddress", "PersonTelephoneNumbers", "PersonTelecomInformation"),
    *("ResponsiblePerson", "ResponsibleOrganization", "ResponsiblePersonRole"),
    *("PersonIdentificationCodeSequence", "HumanPerformerName", "HumanPerformerOrganization"),
    # Numbers of this visit, order and study
    *("AccessionNumber", "IssuerOfAccessionNumberSequence", "StudyID", "AdmissionID", "IssuerOfAdmissionID"),
    *(
        "IssuerOfAdmissionIDSequence",
        "ServiceEpisodeID",
        "IssuerOfServiceEpisodeID",
        "IssuerOfServiceEpisodeIDSequence",
    ),
    *("RequestedProcedureID", "ScheduledProcedureStepID", "PerformedProcedureStepID", "StudyIDIssuer"),
    *("PlacerOrderNumberImagingServiceRequest", "FillerOrderNumberImagingServiceRequest", "InterpretationID"),
    *("PlacerOrderNumberProcedure", "FillerOrderNumberProcedure", "ResultsID", "ConfidentialityCode"),
    *("OrderPlacerIdentifierSequence", "OrderFillerIdentifierSequence", "OrderCallbackPhoneNumber"),
    *("OrderCallbackTelecomInformation", "VisitComments", "DischargeDiagnosisDescription", "SpecialNeeds"),
    # Physicians and operators (their names are PN)
    *("ReferringPhysicianAddress", "ReferringPhysicianTelephoneNumbers", "ReferringPhysicianIdentificationSequence"),
    *("ConsultingPhysicianIdentificationSequence", "PhysiciansOfRecordIdentificationSequence"),
    *("PerformingPhysicianIdentificationSequence", "PhysiciansReadingStudyIdentificationSequence"),
    *("OperatorIdentificationSequence", "RequestingPhysicianIdentificationSequence"),
    "IntendedRecipientsOfResultsIdentificationSequence",
    *("ScheduledPerformingPhysicianIdentificationSequence", "ScheduledHumanPerformersSequence"),
    *("ActualHumanPerformersSequence", "VerifyingObserverIdentificationCodeSequence", "AuthorObserverSequence"),
    *("ParticipantSequence", "VerifyingObserverSequence", "VerifyingOrganization", "DistributionAddress"),
    *("InterpretationApproverSequence", "InterpretationRecorder", "InterpretationTranscriber"),
    # Where people are reached
    "InstitutionAddress",
    # Free text about this person
    *("PatientComments", "AdditionalPatientHistory", "MedicalAlerts", "Allergies"),
    *("RequestedProcedureComments", "ImagingServiceRequestComments", "CommentsOnThePerformedProcedureStep"),
    *("CommentsOnTheScheduledProcedureStep", "StudyComments", "InterpretationText", "ResultsComments", "TextComments"),
)

IDENTIFYING_TAGS = frozenset(tag_for_keyword(keyword) for keyword in IDENTIFYING_KEYWORDS)

_NOT_A_WORD, _WORD = re.compile(r"[\W_]+"), re.compile(r"[^\W_]+")
_SHORTEST_SINGLE_NAME, _SHORTEST_ID, _SHORTEST_COUNTED = 3, 4, 5
# What archives, scanners and people write where they know no id, without blanks and signs.
_PLACEHOLDERS = frozenset(
    (
        *("unknown", "unk", "unkn", "unknownid", "unknownpatient", "anon", "anonym", "anonymous", "anonymized"),
        *("anonymised", "anonymouspatient", "anonymousid", "anonymouspid", "deidentified", "removed", "redacted"),
        *("none", "null", "nil", "nan", "na", "notavailable", "notapplicable", "notassigned", "notknown", "undefined"),
        *("unassigned", "unspecified", "noid", "nopid", "nopatientid", "nomrn", "noname", "nn", "missing", "empty"),
        *("test", "testpatient", "patienttest", "testid", "tester", "testing", "dummy", "default", "temp", "temporary"),
        *("tmp", "patient", "patientid", "pid", "id", "mrn", "phantom", "qa", "qc", "sample", "demo", "johndoe"),
        *("janedoe", "emergency", "trauma", "unidentified", "anonymisiert", "unbekannt", "ohne", "keine"),
        *("inconnu", "inconnue", "anonyme", "sansnom", "desconocido", "desconocida", "anonimo", "anonima", "sinid"),
        *(
            "sinnombre",
            "prueba",
            "무명",
            "무명씨",
            "익명",
            "미상",
            "불명",
            "환자",
            "테스트",
            "시험",
            "없음",
            "이름없음",
        ),
        *("無名", "匿名", "不明", "患者", "テスト", "名無し", "未知"),
    )
)


@dataclass(frozen=True)
class PersonName:
    """The three groups of a name (PS3.5 6.2.1.2), `Hong^Gildong=洪^吉洞=홍^길동`; a missing group is empty."""

    alphabetic: str = ""
    ideographic: str = ""
    phonetic: str = ""


@dataclass(frozen=True)
class Identity:
    """What only the vault may keep. `elements` are the DICOM JSON elements taken out of the document, each under its
    path: `"00100010"`, or `"00400275/0/00401400"` for one inside the first item of a sequence."""

    patient_id: str | None = None
    issuer: str | None = None
    patient_name: PersonName = PersonName()
    birth_date: date | None = None
    accession_number: str | None = None
    elements: Document = field(default_factory=dict, repr=False)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values, the date as YYYY-MM-DD."""
        # Not asdict: it would copy every element that was removed.
        return {
            **vars(self),
            "patient_name": vars(self.patient_name),
            "birth_date": self.birth_date.isoformat() if self.birth_date else None,
        }


def identity_from(elements: Document) -> Identity:
    """Reads the elements that were split off; only those of the top level say who the patient is."""
    return Identity(
        patient_id=text(elements, "PatientID"),
        issuer=text(elements, "IssuerOfPatientID"),
        patient_name=_person_name(elements.get("00100010", {})),
        birth_date=date_value(elements, "PatientBirthDate"),
        accession_number=text(elements, "AccessionNumber"),
        elements=elements,
    )


def is_placeholder(written: str) -> bool:
    """Does an id, or a name, stand for nobody: a word such as UNKNOWN, one sign repeated, digits counted up?"""
    signs = "".join(_WORD.findall(written.casefold()))
    is_counted = len(signs) >= _SHORTEST_COUNTED and signs in "1234567890"
    is_repeated = len(set(signs)) <= 1 and (len(signs) >= _SHORTEST_ID or signs.strip("0x") == "")
    return is_counted or is_repeated or signs in _PLACEHOLDERS


def traces(identity: Identity) -> list[frozenset[str]]:
    """Sets of words; a text that holds all of one set gives the patient away: the id, and each form of the name."""
    name = identity.patient_name
    forms = [words(form) for form in (name.alphabetic, name.ideographic, name.phonetic)]
    joined = [frozenset(("".join(_NOT_A_WORD.split(form.casefold())),)) for form in (name.ideographic, name.phonetic)]
    found = [form for form in (*forms, *joined) if len(form) > 1 or any(len(w) >= _SHORTEST_SINGLE_NAME for w in form)]
    patient_id = words(identity.patient_id or "")
    return [*found, patient_id] if any(len(word) >= _SHORTEST_ID for word in patient_id) else found


def names_any(written: str, found: Collection[frozenset[str]]) -> bool:
    """Does the text hold all words of one of the sets?"""
    present = words(written)
    return any(_holds(present, trace) for trace in found)


def without_traces(written: str, found: Collection[frozenset[str]]) -> str:
    """The text less the words of each set that it holds all of; the rest keeps its order."""
    present = words(written)
    gone = frozenset[str]().union(*(trace for trace in found if _holds(present, trace)))
    kept = _WORD.sub(lambda word: _without(word[0], gone), written)
    return " ".join(kept.split()).strip(" ^_-,;:/.") if gone else written


def _holds(present: frozenset[str], trace: frozenset[str]) -> bool:
    return all(word in present or (_is_inside_words(word) and any(word in one for one in present)) for word in trace)


def _without(word: str, gone: frozenset[str]) -> str:
    if word.casefold() in gone:
        return ""
    for name in gone:
        if _is_inside_words(name):
            word = word.replace(name, " ")
    return word


def _is_inside_words(name: str) -> bool:
    """Korean and Japanese write a name without a space before a title or a particle."""
    return not name.isascii() and len(name) >= _SHORTEST_SINGLE_NAME


def words(text_value: str) -> frozenset[str]:
    return frozenset(word for word in _NOT_A_WORD.split(text_value.casefold()) if word)


def _person_name(element: dict[str, Any]) -> PersonName:
    value = (element.get("Value") or [None])[0]
    if not isinstance(value, dict):  # written with a VR that is not PN
        return PersonName(str(value or ""))
    return PersonName(*(str(value.get(group, "")) for group in ("Alphabetic", "Ideographic", "Phonetic")))
