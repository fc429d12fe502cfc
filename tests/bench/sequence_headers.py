"""Headers of MR series whose kind a reader has no doubt of, by vendor and language; and those that leave a doubt (-).

A line is the kind, the description, and what else the header says: `TE=…`, `TR`, `TI`, `FA`, `B` (tesla), `seq`
(ScanningSequence, values joined by +), `var` (SequenceVariant), `name` (SequenceName), `type` (ImageType from value 3
on; a leading D makes it DERIVED), `protocol`, `b` (DiffusionBValue), `contrast` (AcquisitionContrast), `part`
(ComplexImageComponent). The held-out lines were written before the rules were tried; one rule was widened after one
of them (`swi3d`).
"""

DEVELOPMENT = {
    "Siemens": """
T1|t1_mprage_sag_p2_iso|seq=GR+IR TI=900 TR=2300 TE=2.9 FA=9 B=3 var=SK+SP+MP
T1|t1_se_tra|seq=SE TR=500 TE=9
T1|t1_vibe_fs_tra_bh_dyn|seq=GR TR=4 TE=1.5 FA=10
T1|t1_tse_sag_384|seq=SE TR=600 TE=10
T1|t1_fl2d_tra|seq=GR TR=150 TE=2.5 FA=70
T1|t1_tirm_tra_dark-fluid|seq=SE+IR TI=860 TR=2000 TE=12
T2|t2_tse_tra|seq=SE TR=5000 TE=100
T2|t2_haste_cor_bh|seq=SE TR=1400 TE=90
T2|t2_space_sag_p2|seq=SE TR=1500 TE=130
T2|t2_blade_fs_tra|seq=SE TR=3000 TE=85
FLAIR|t2_tirm_tra_dark-fluid|seq=SE+IR TI=2500 TR=9000 TE=85 B=1.5
FLAIR|t2_space_dark-fluid_sag|seq=SE+IR TI=1800 TR=5000 TE=388 B=3
FLAIR|t2_flair_sag_3d|seq=SE+IR TI=1800 TR=5000 TE=390
STIR|t2_tirm_cor|seq=SE+IR TI=160 TR=4000 TE=60 B=1.5
STIR|t2_tirm_sag|seq=SE+IR TI=220 TR=4500 TE=50 B=3
STIR|pd_stir_tra|seq=SE+IR TI=150 TR=4000 TE=30
STIR|tirm_cor_knie|seq=SE+IR TI=150 TR=4500 TE=30
PD|pd_tse_fs_cor|seq=SE TR=3000 TE=33
PD|pd+t2_tse_tra|seq=SE TR=3000 TE=14
T2|pd+t2_tse_tra|seq=SE TR=3000 TE=95
T2_STAR|t2_fl2d_tra_hemo|seq=GR TR=700 TE=20 FA=20
T2_STAR|t2_me2d_sag|seq=GR TR=500 TE=17 FA=30
T2_STAR|t2*_fl2d_tra|seq=GR TR=700 TE=25 FA=20
DWI|ep2d_diff_4scan_trace_p2|seq=EP TR=5000 TE=90 name=*ep_b1000t type=D+DIFFUSION+TRACEW b=1000
DWI|ep2d_diff_b50_400_800_tra|seq=EP TR=6000 TE=70 name=*ep_b50t type=D+DIFFUSION+TRACEW b=50
DWI|resolve_4scan_trace_tra|seq=EP TR=5000 TE=70
DWI|ep2d_diff_MDDW_20|seq=EP TR=6000 TE=90 name=ep_b1000#12 type=DIFFUSION+NONE b=1000
ADC|ep2d_diff_4scan_trace_p2_ADC|seq=EP name=*ep_b0_1000 type=D+DIFFUSION+ADC
ADC|ep2d_diff_b50_400_800_tra_ADC_DFC|seq=EP type=D+DIFFUSION+ADC
FA|ep2d_diff_MDDW_20_FA|seq=EP type=D+DIFFUSION+FA
FA|ep2d_diff_MDDW_20_ColFA|seq=EP type=D+DIFFUSION+FA
-|ep2d_diff_MDDW_20_TENSOR|seq=EP type=D+DIFFUSION+TENSOR
SWI|SWI_Images|seq=GR TR=28 TE=20 name=*swi3d1r type=M+SWI protocol=t2_swi3d_tra
SWI|mIP_Images(SW)|seq=GR TR=28 TE=20 name=*swi3d1r type=D+MNIP protocol=t2_swi3d_tra
SWI|Pha_Images|seq=GR name=*swi3d1r type=P+NORM protocol=t2_swi3d_tra
SWI|Mag_Images|seq=GR name=*swi3d1r type=M+NORM protocol=t2_swi3d_tra
BOLD|ep2d_bold_moco|seq=EP TR=2000 TE=30 name=*epfid2d1_64
BOLD|rsfMRI_p2|seq=EP TR=2000 TE=30 name=*epfid2d1_64
BOLD|Product EPI Sag|contrast=UNKNOWN type=FMRI+NONE
DSC|ep2d_perf_p2|seq=EP TR=1500 TE=30 name=*epfid2d1_128
PERFUSION|relCBV|seq=EP type=D+RELCBV protocol=ep2d_perf
ASL|tgse_pcasl_3d|seq=EP TR=4000 TE=16
ASL|pasl_3d_tra|seq=EP type=ASL
MRA|TOF_3D_multi-slab|seq=GR TR=22 TE=3.7 FA=18 name=*fl3d1r_t70
MRA|<MIP Range>|seq=GR type=D+PROJECTION IMAGE+CSA MIP protocol=TOF_3D_multi-slab
FLOW_ENCODED|fl3d_pc_venc80|seq=GR name=*fl3d1_v80in type=P+NORM
BSSFP|t2_ciss3d_tra|seq=GR TR=5.5 TE=2.5 FA=60 name=*ci3d1
BSSFP|trufi_cor_bh|seq=GR TR=4 TE=2 FA=60 name=*tfi2d1
WATER|t1_vibe_dixon_tra_bh_W|seq=GR TR=4 TE=1.3 type=M+DIXON+WATER
FAT|t1_vibe_dixon_tra_bh_F|seq=GR TR=4 TE=1.3 type=M+DIXON+FAT
IN_PHASE|t1_vibe_dixon_tra_bh_in|seq=GR TR=4 TE=2.5 type=M+DIXON+IN_PHASE
OPPOSED_PHASE|t1_vibe_dixon_tra_bh_opp|seq=GR TR=4 TE=1.3 type=M+DIXON+OPP_PHASE
WATER|t1_vibe_dixon_cor_W|seq=GR TR=4 TE=1.3
OPPOSED_PHASE|t1_fl2d_opp-in_tra|seq=GR TR=120 TE=2.3 B=1.5
IN_PHASE|t1_fl2d_opp-in_tra|seq=GR TR=120 TE=4.6 B=1.5
MRCP|t2_mrcp_space_cor|seq=SE TR=3000 TE=700
T1_MAP|T1map_MOLLI_MOCO_T1|type=D+T1 MAP
T2_MAP|T2Map_FLASH|type=D+T2 MAP
-|gre_field_mapping|seq=GR TR=488 TE=7.4
-|AAHead_Scout|seq=GR TR=4 TE=2.4
-|localizer|seq=GR TR=8 TE=4
""",
    "GE": """
T1|Ax T1 FSE|seq=SE TR=600 TE=12 protocol=BRAIN T2 FLAIR DWI
T1|Ax T1 FLAIR|seq=SE+IR TI=860 TR=2200 TE=24
T1|SAG BRAVO|seq=GR+IR TI=450 TR=8 TE=3
T1|Ax 3D LAVA|seq=GR TR=4 TE=2
T1|Cor VIBRANT|seq=GR TR=6 TE=3
T1|Ax FSPGR|seq=GR TR=150 TE=4 FA=70
T2|Ax T2 PROPELLER|seq=SE TR=4000 TE=100
T2|Cor SSFSE|seq=SE TR=1000 TE=90
FLAIR|Ax T2 FLAIR|seq=SE+IR TI=2250 TR=9000 TE=120
FLAIR|Sag CUBE T2 FLAIR|seq=SE+IR TI=1700 TR=6000 TE=120
STIR|Sag STIR|seq=SE+IR TI=150 TR=4000 TE=50
PD|Ax PD FS|seq=SE TR=3000 TE=25
T2_STAR|Ax T2* GRE|seq=GR TR=600 TE=20 FA=15
T2_STAR|AX T2 GRE|seq=GR TR=600 TE=20 FA=15
T2_STAR|Ax MERGE|seq=GR TR=500 TE=12
DWI|Ax DWI b1000|seq=EP+SE TR=8000 TE=80
ADC|Apparent Diffusion Coefficient (mm2/s)|type=D+PROCESSED protocol=PRO DCE W_T1 MAPPING
ADC|ADC (10^-6 mm2/s)|type=D+PROCESSED protocol=BRAIN PERFUSION
ADC|dADC: Ax DWI|type=D+ADC
FA|Fractional Anisotropy|type=D+PROCESSED
SWI|Ax SWAN|seq=GR TR=40 TE=25
SWI|FILT_PHA: Ax SWAN|seq=GR type=P
BOLD|fMRI resting|seq=EP+GR TR=2000 TE=30
ASL|3D ASL (non-contrast)|seq=SE TR=4800 TE=10
MRA|3D TOF MRA|seq=GR TR=25 TE=3
MRA|Inhance 3D Velocity|seq=GR TR=9 TE=4
BSSFP|Ax FIESTA|seq=GR TR=4 TE=2
BSSFP|Cor FIESTA-C|seq=GR TR=5 TE=2
WATER|WATER: Ax LAVA-Flex|seq=GR TR=5 TE=1.2
FAT|FAT: Ax LAVA-Flex|seq=GR TR=5 TE=1.2
IN_PHASE|InPhase: Ax LAVA-Flex|seq=GR TR=5 TE=2.4
OPPOSED_PHASE|OutPhase: Ax LAVA-Flex|seq=GR TR=5 TE=1.2
T2|Ax T2 FAT SAT|seq=SE TR=4000 TE=90
MRCP|3D MRCP RT|seq=SE TR=3000 TE=600
-|3-plane localizer|seq=GR TR=5 TE=1.6
-|Calibration Scan|seq=GR TR=150 TE=2
""",
    "Philips": """
T1|T1W_TSE|seq=SE TR=600 TE=10 type=M_SE+M+SE
T1|sT1W_3D_TFE|seq=GR TR=8 TE=4 type=M_FFE+M+FFE
T1|eTHRIVE_tra|seq=GR TR=4 TE=2
T2|T2W_TSE|seq=SE TR=3000 TE=80
T2|T2W_SSh|seq=SE TR=1200 TE=80
FLAIR|FLAIR_longTR|seq=IR TI=2800 TR=11000 TE=120
FLAIR|3D_Brain_VIEW_FLAIR_SHC|seq=IR TI=1650 TR=4800 TE=340
STIR|STIR_longTE|seq=IR TI=140 TR=3500 TE=60
STIR|mVIEW|contrast=STIR
PD|PDW_SPAIR|seq=SE TR=3000 TE=30
T2_STAR|T2_FFE|seq=GR TR=700 TE=23 FA=18
T2_STAR|mFFE_3D|seq=GR TR=40 TE=9
DWI|DWI_3b|seq=SE TR=4000 TE=60 b=800
DWI|DTI_high_iso|contrast=DIFFUSION b=800
ADC|dADC|type=D+ADC+M
ADC|DWI_3b|type=D+ADC+M+ADC
SWI|SWIp|seq=GR TR=31 TE=7 type=M_FFE+M+FFE
BOLD|FE_EPI_fMRI|seq=GR TR=2000 TE=30
ASL|3DpCASL|type=PERFUSION_FFE+PERFUSION contrast=PERFUSION
ASL|pCASL|contrast=PERFUSION
MRA|s3DI_MC_HR TOF|seq=GR TR=25 TE=3
FLOW_ENCODED|Qflow aorta|seq=GR TR=5 TE=3
BSSFP|BTFE_BH|seq=GR TR=3 TE=1.5
BSSFP|B-FFE cor|seq=GR TR=4 TE=2
WATER|mDIXON_W|seq=GR type=W+W
FAT|mDIXON_F|seq=GR type=F+F
IN_PHASE|mDIXON_IP|type=IP+IP
OPPOSED_PHASE|mDIXON_OP|type=OP+OP
T1|T1W mDIXON|seq=GR TR=5 TE=1.2
T1|noname|contrast=T1
-|B0 NS|contrast=T1 part=MIXED
-|Ref_Head|seq=GR TR=4 TE=1
""",
    "Canon, Hitachi, UIH": """
T1|T1 SE AX|seq=SE TR=500 TE=12
T2|T2 FSE2D|seq=SE TR=4000 TE=100
T2|FASE T2 COR|seq=SE TR=8000 TE=80
FLAIR|FLAIR AX|seq=IR TI=2400 TR=8500 TE=105
DWI|epi_dwi_tra_b1000|seq=EP name=epi_dwi
ADC|epi_dwi_tra_ADC|seq=EP type=D+ADC
MRA|TOF_tra|seq=GR
MRA|MRA 3D slab|seq=GR TR=23 TE=6
SWI|BSI SWI|seq=GR TR=50 TE=40
DWI|dti_tra_dir16_PA|seq=EP name=epi_dti
-|T1-T4 spine|seq=GR TR=9 TE=4
-|T1 and T2|seq=SE TR=1200 TE=50
""",
    "Korean, Japanese": """
T1|T1강조영상 축상|seq=SE TR=500 TE=10
T2|T2강조 시상면|seq=SE TR=4000 TE=100
DWI|확산강조영상|seq=EP TR=5000 TE=90
PERFUSION|관류영상|
SWI|자화율강조영상|seq=GR TR=28 TE=20
MRA|뇌혈관조영|seq=GR TR=22 TE=4
T1|T1強調画像|seq=SE TR=500 TE=10
T2|T2強調 矢状断|seq=SE TR=4000 TE=100
DWI|拡散強調画像|seq=EP TR=5000 TE=90
SWI|磁化率強調|seq=GR
PD|プロトン密度強調|seq=SE TR=3000 TE=20
MRCP|胆管膵管撮影|seq=SE TR=3000 TE=700
""",
    "German, French, Spanish": """
DWI|Diffusion axial|seq=EP TR=5000 TE=90
ADC|Diffusionskoeffizient|type=D+PROCESSED
PD|Protonendichte sag|seq=SE TR=3000 TE=20
MRA|MR-Angiographie|seq=GR TR=25 TE=4
OPPOSED_PHASE|T1 Gegenphase|seq=GR TR=120 TE=2.3
PD|densité de protons|seq=SE TR=3000 TE=20
ADC|coefficient de diffusion apparent|type=D+PROCESSED
DWI|difusión axial|seq=EP TR=5000 TE=90
ADC|coeficiente de difusión aparente|type=D+PROCESSED
PD|DP FATSAT SAG|seq=SE TR=3000 TE=30
T2|T2 axial graisse supprimée|seq=SE TR=4000 TE=90
IN_PHASE|T1 en phase|seq=GR TR=120 TE=4.6
""",
    "Words met later": """
FLAIR|t2_spc_da-fl_sag_p2_iso_1.0|
SWI|Ven_BOLD_HR|
ADC|DTI MD|type=D+OTHER
ADC|Average DC|type=D+PROCESSED
DWI|isoDWI|
DWI|sDWI b2000|
DWI|calc_bval_1500|type=D+OTHER
T1|eT1_DIXON|
DCE|Perfusion (Ktrans)|type=D+OTHER
FLOW_ENCODED|2D PC flow CSF|
-|T1-2 disc|
-|T2prep|
-|Resting|
-|Axial PD/T2 FSE|
-|MR elastography|
-|AX DUAL ECHO IN/OUT|
""",
    "Silent descriptions": """
T1||seq=SE TR=500 TE=12
T2||seq=SE TR=4500 TE=100
PD||seq=SE TR=3000 TE=20
FLAIR||seq=SE+IR TI=2500 TR=9000 TE=110
STIR||seq=SE+IR TI=150 TR=4000 TE=45
T1||seq=GR+IR var=SP+MP TI=900 TR=2000 TE=3
T2_STAR||seq=GR TR=600 TE=20 FA=20
DWI||seq=EP name=*ep_b1000t
-||seq=GR TR=20 TE=5 FA=20
-||seq=SE TR=1200 TE=50
-|AX|seq=SE TR=2000 TE=50
""",
}

HELD_OUT = {
    "brain": """
T1|3D T1 MPRAGE SAG GD|seq=GR+IR var=MP TI=1100 TR=2530 TE=3.5
T1|T1W_3D_TFE post|seq=GR TR=8 TE=3.8
T1|sag t1 space|seq=SE TR=700 TE=11
T2|Ax T2W TSE fast|seq=SE TR=4200 TE=98
FLAIR|AXIAL FLAIR FS|seq=SE+IR TI=2371 TR=8800 TE=125
FLAIR|TIRM axial 5mm|seq=IR TI=2200 TR=8000 TE=100
DWI|DWI 3 Richtungen b0 b1000|seq=EP
DWI|AX DIFFUSION|seq=EP+SE TR=8000 TE=75
ADC|ADC map axial|type=D+PROCESSED
ADC|Ax DWI ASSET ADC|type=D+PROCESSED
ADC|eADC|type=D+EADC
SWI|minIP SWI 8mm|seq=GR type=D+MNIP
SWI|sag swi3d|seq=GR
T2_STAR|T2 star gradient echo|seq=GR TR=600 TE=18 FA=15
DSC|DSC perfusion 60 phases|seq=EP+GR TR=1500 TE=30
DSC|PWI ep2d|seq=EP+GR name=*epfid2d1_128
PERFUSION|rCBF map|type=D+OTHER
PERFUSION|MTT (s)|type=D+OTHER
ASL|ASL CBF|type=D+OTHER
BOLD|task fMRI left hand|seq=EP+GR TR=2000 TE=30
MRA|COW TOF|seq=GR TR=24 TE=3.5
MRA|MRV 2D TOF|seq=GR TR=22 TE=5
MRA|Venographie PC|seq=GR
FA|DTI FA map|type=D+OTHER
-|B1 map|seq=GR
-|MR spectroscopy PRESS|seq=SE TR=1500 TE=144
-|3-PL LOC|seq=GR TR=5 TE=2
""",
    "body, joints, heart": """
T1|Ax T1 in-out dual|seq=SE TR=500 TE=10
OPPOSED_PHASE|AX T1 OUT OF PHASE|seq=GR TR=150 TE=2.2
IN_PHASE|AX T1 IN PHASE|seq=GR TR=150 TE=4.4
WATER|t2_tse_dixon_sag_W|seq=SE TR=4000 TE=90
FAT|Cor T2 IDEAL fat|seq=SE TR=4000 TE=80
WATER|Water: Sag T2 FRFSE IDEAL|seq=SE TR=4000 TE=80
T1|LAVA XV arterial|seq=GR TR=4 TE=1.9
DCE|DCE prostate|seq=GR TR=4 TE=1.5
T2|T2 HASTE fs cor|seq=SE TR=1200 TE=90
T2|T2w sag FS|seq=SE TR=4000 TE=80
T2|T2 rFOV prostate tra|seq=SE TR=4000 TE=110
STIR|COR STIR|seq=SE+IR TI=150 TR=4500 TE=40
STIR|Sag T2 TIRM LWS|seq=IR TI=150 TR=4000 TE=60
PD|PD SPAIR cor|seq=SE TR=2800 TE=30
PD|sag PDw FS Knie|seq=SE TR=2600 TE=25
T2_STAR|sag medic 3d|seq=GR TR=44 TE=19
BSSFP|cine trufisp 4ch|seq=GR TR=3 TE=1.3
BSSFP|FIESTA CINE SA|seq=GR TR=4 TE=1.6
T1_MAP|MOLLI native T1 map|type=D+T1 MAP
T2_MAP|T2 mapping knee|seq=SE
T2_STAR_MAP|T2* map liver|type=D+OTHER
FLOW_ENCODED|flow quant aorta venc 150|seq=GR
MRCP|cholangio MRCP radial|seq=SE TR=8000 TE=900
MRA|CE-MRA aorta|seq=GR TR=3 TE=1.1
MRA|TWIST angio carotids|seq=GR TR=2.5 TE=1
DWI|DWIBS b800|seq=EP+SE
DWI|IVIM liver|seq=EP+SE b=400
T1|T1 FS 조영후|seq=SE TR=600 TE=12
T2|자궁 T2 시상|seq=SE TR=4000 TE=100
ADC|현성확산계수|type=D+OTHER
T1|T1 pondéré axial|seq=SE TR=550 TE=12
T1|ponderado en T1|seq=SE TR=550 TE=12
T2|T2-gewichtet sag|seq=SE TR=4000 TE=100
-|T1 T2 PD fit|type=D+OTHER
-|subtraction|type=D+OTHER
-|FA 30 deg|seq=GR TR=6 TE=2
-|FatFraction|type=D+OTHER
-|coil sensitivity|seq=GR
""",
}
