select kpi_daily.kpi_date
from {{ ref('kpi_daily') }} as kpi_daily
left join {{ ref('dim_date') }} as dim_date
    on kpi_daily.kpi_date = dim_date.date_day
where dim_date.date_day is null
