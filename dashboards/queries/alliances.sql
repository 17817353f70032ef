-- What do the alliances bring: members by type of a street, or of all, on a day, and their commitments by kind?
with commitment as (
    select
        member_code, count(*) filter (where status <> 'cancelled') as commitments,
        count(*) filter (where done_on is not null and status <> 'cancelled') as done,
        count(*) filter (where done_on is null and status <> 'cancelled' and due_on <= cast($last as date)) as late
    from marts.fct_alliance_commitment
    group by member_code
)

select
    member.member_type, count(*) as members, count(*) filter (where commitment.commitments > 0) as with_commitments,
    coalesce(sum(commitment.commitments), 0) as commitments, coalesce(sum(commitment.done), 0) as done,
    coalesce(sum(commitment.late), 0) as late
from marts.dim_alliance_member as member
left join commitment on member.member_code = commitment.member_code
where
    starts_with(member.street_code, $area)
    and {in_force}
    and {there}
group by member.member_type
order by members desc, member.member_type
