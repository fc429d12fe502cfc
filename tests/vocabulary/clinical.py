"""Millions of names of conditions that we put together from words, each in English and in Korean."""

from collections.abc import Iterator
from math import gcd

# What is found, and how it is called in Korean. Each name is made of one of each list; the first may be nothing.
_QUALIFIERS = {
    "": "", "Acute": "급성", "Chronic": "만성", "Recurrent": "재발성", "Congenital": "선천성", "Secondary": "이차성",
    "Bilateral": "양측성", "Severe": "중증", "Mild": "경증", "Partial": "부분", "Complete": "완전", "Diffuse": "미만성",
    "Focal": "국소성", "Hereditary": "유전성", "Primary": "원발성", "Idiopathic": "특발성", "Benign": "양성",
    "Malignant": "악성", "Metastatic": "전이성", "Progressive": "진행성", "Postoperative": "수술후",
    "Subacute": "아급성", "Multiple": "다발성", "Spontaneous": "자발성", "Residual": "잔류",
}  # fmt: skip
_FINDINGS = {
    "inflammation": "염증", "neoplasm": "신생물", "carcinoma": "암종", "lymphoma": "림프종", "sarcoma": "육종",
    "fracture": "골절", "dislocation": "탈구", "sprain": "염좌", "contusion": "타박상", "laceration": "열상",
    "obstruction": "폐쇄", "haemorrhage": "출혈", "haematoma": "혈종", "dilatation": "확장", "atrophy": "위축",
    "hypertrophy": "비대", "hyperplasia": "과형성", "calcification": "석회화", "ossification": "골화",
    "infection": "감염", "abscess": "농양", "empyema": "축농", "rupture": "파열", "perforation": "천공",
    "stenosis": "협착", "oedema": "부종", "effusion": "삼출", "cyst": "낭종", "polyp": "용종", "nodule": "결절",
    "ulcer": "궤양", "erosion": "미란", "fibrosis": "섬유증", "sclerosis": "경화증", "necrosis": "괴사",
    "infarction": "경색", "ischaemia": "허혈", "thrombosis": "혈전증", "embolism": "색전증", "aneurysm": "동맥류",
    "malformation": "기형", "agenesis": "무발생", "hypoplasia": "저형성", "fistula": "누공", "hernia": "탈장",
    "prolapse": "탈출", "torsion": "염전", "adhesion": "유착", "degeneration": "변성", "insufficiency": "부전",
    "stone": "결석", "diverticulum": "게실", "granuloma": "육아종", "haemangioma": "혈관종", "lipoma": "지방종",
    "tuberculosis": "결핵", "metaplasia": "화생", "varices": "정맥류", "collapse": "허탈", "swelling": "종창",
}  # fmt: skip
_SITES = {
    "liver": "간", "gallbladder": "담낭", "common bile duct": "총담관", "pancreas": "췌장", "spleen": "비장",
    "oesophagus": "식도", "stomach": "위", "duodenum": "십이지장", "jejunum": "공장", "ileum": "회장",
    "appendix": "충수", "caecum": "맹장", "ascending colon": "상행결장", "sigmoid colon": "구불결장",
    "rectum": "직장", "anal canal": "항문관", "peritoneum": "복막", "mesentery": "장간막", "kidney": "신장",
    "renal pelvis": "신우", "ureter": "요관", "urinary bladder": "방광", "urethra": "요도", "prostate": "전립선",
    "testis": "고환", "epididymis": "부고환", "ovary": "난소", "fallopian tube": "난관", "uterus": "자궁",
    "uterine cervix": "자궁경부", "vagina": "질", "placenta": "태반", "breast": "유방", "trachea": "기관",
    "main bronchus": "주기관지", "upper lobe of lung": "폐 상엽", "lower lobe of lung": "폐 하엽", "pleura": "흉막",
    "diaphragm": "횡격막", "mediastinum": "종격동", "thymus": "흉선", "left ventricle": "좌심실",
    "right atrium": "우심방", "mitral valve": "승모판", "aortic valve": "대동맥판", "pericardium": "심낭",
    "coronary artery": "관상동맥", "thoracic aorta": "흉부 대동맥", "abdominal aorta": "복부 대동맥",
    "pulmonary artery": "폐동맥", "carotid artery": "경동맥", "renal artery": "신동맥", "femoral vein": "대퇴정맥",
    "portal vein": "문맥", "inferior vena cava": "하대정맥", "frontal lobe": "전두엽", "temporal lobe": "측두엽",
    "cerebellum": "소뇌", "brainstem": "뇌간", "hypophysis": "뇌하수체", "meninges": "수막", "optic nerve": "시신경",
    "retina": "망막", "cornea": "각막", "orbit": "안와", "middle ear": "중이", "cochlea": "달팽이관",
    "maxillary sinus": "상악동", "nasopharynx": "비인두", "tonsil": "편도", "larynx": "후두", "parotid gland": "이하선",
    "tongue": "혀", "mandible": "하악골", "thyroid gland": "갑상선", "parathyroid gland": "부갑상선",
    "adrenal gland": "부신", "cervical spine": "경추", "lumbar spine": "요추", "sacrum": "천골",
    "intervertebral disc": "추간판", "spinal cord": "척수", "clavicle": "쇄골", "scapula": "견갑골", "rib": "늑골",
    "sternum": "흉골", "humerus": "상완골", "radius": "요골", "scaphoid": "주상골", "pelvis": "골반",
    "neck of femur": "대퇴경부", "patella": "슬개골", "meniscus": "반월판", "tibia": "경골", "calcaneus": "종골",
    "Achilles tendon": "아킬레스건", "rotator cuff": "회전근개", "inguinal lymph node": "서혜 림프절",
    "axillary lymph node": "액와 림프절", "skin of scalp": "두피",
}  # fmt: skip
_CAUSES = {
    "": "", "bacteria": "세균", "virus": "바이러스", "fungus": "진균", "parasite": "기생충", "trauma": "외상",
    "radiation": "방사선", "drug": "약물", "diabetes mellitus": "당뇨병", "hypertension": "고혈압",
    "alcohol": "알코올", "autoimmune disease": "자가면역질환", "pregnancy": "임신", "surgery": "수술",
    "foreign body": "이물", "metabolic disorder": "대사장애", "toxic substance": "독성 물질",
}  # fmt: skip
_ALL = len(_QUALIFIERS) * len(_FINDINGS) * len(_SITES) * len(_CAUSES)
_STEP = 1_000_003  # no divisor in common with their number: every name comes once before one comes again


def names(count: int) -> Iterator[tuple[str, str]]:
    """English and Korean, all different, spread over all words. Raises ValueError when there are not as many."""
    if count > _ALL or gcd(_STEP, _ALL) > 1:
        raise ValueError(f"{count:,} names are asked for; there are {_ALL:,}")
    lists = [list(one.items()) for one in (_QUALIFIERS, _FINDINGS, _SITES, _CAUSES)]
    for number in range(count):
        place, words = number * _STEP % _ALL, []
        for one in lists:
            place, which = divmod(place, len(one))
            words.append(one[which])
        yield _english(*(one[0] for one in words)), _korean(*(one[1] for one in words))


def _english(qualifier: str, finding: str, site: str, cause: str) -> str:
    name = f"{qualifier} {finding} of {site}".strip() + (f" due to {cause}" if cause else "")
    return name[0].upper() + name[1:]


def _korean(qualifier: str, finding: str, site: str, cause: str) -> str:
    return " ".join(part for part in (f"{cause}에 의한" if cause else "", qualifier, site, finding) if part)
