{{ incremental_register('dim_property_company') }}
with

{{ versions('dim_property_company') }}

select
    version.company_code,
    version.company_name,
    version.credit_code,
    version.has_party_org,
    version.valid_from,
    version.valid_to,
    version.business_date,
    version.file_name,
    version.row_number
from version
