"""What an MR image shows: T1, T2, FLAIR, DWI, ADC …"""
