"""The R-CDM and OMOP tables, as SQL knows them."""
