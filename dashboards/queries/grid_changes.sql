-- What changed in the residential areas of a grid in a range of days, newest first: groups, projects, management? kind: of what; code: which sort.
-- An area belongs to the grid if one of its buildings does. The first state of the register is no change.
with area as (
    select distinct area_code
    from marts.dim_building
    where grid_code = $grid and {in_force}
),

changed as (
    select selfgov.founded_on as on_day, 'group' as kind, selfgov.group_type as code, selfgov.area_code, null as what
    from marts.dim_selfgov_group as selfgov
    where selfgov.valid_to is null
    union all
    select project.started_on, 'project_started', project.project_type, project.area_code, project.project_name
    from marts.fct_project as project
    where project.status <> 'stopped'
    union all
    select project.finished_on, 'project_finished', project.project_type, project.area_code, project.project_name
    from marts.fct_project as project
    union all
    select version.valid_from, 'management', version.management, version.area_code, null
    from (
        select
            area_code, management, valid_from,
            lag(management) over (partition by area_code order by valid_from) as management_before
        from marts.dim_residential_area
    ) as version
    where version.management <> version.management_before
)

select changed.on_day, changed.kind, changed.code, changed.what, named.area_name
from changed
inner join area on changed.area_code = area.area_code
left join marts.dim_residential_area as named on changed.area_code = named.area_code and named.valid_to is null
where changed.on_day between cast($first as date) and cast($last as date)
order by changed.on_day desc, changed.kind, changed.code, changed.what
