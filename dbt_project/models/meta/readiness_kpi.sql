select
    kpi_id,
    is_on,
    lacks
from ({{ kpis_with_lacks() }}) as known
