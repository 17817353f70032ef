-- Numbers that this build counted; all others were checked when they were counted.
select
    kpi_id,
    org_code,
    kpi_date,
    count(*) as row_count
from {{ ref('kpi_daily') }}
where (kpi_id, kpi_date) in (select (stale_cell.kpi_id, stale_cell.kpi_date) from {{ ref('stale_cell') }} as stale_cell)
group by
    kpi_id,
    org_code,
    kpi_date
having count(*) > 1
    or count(org_code) = 0
    or count(org_level) = 0
    or count(numerator) = 0
