-- How are the intake's reasons said in words?
select kind, pattern, zh, en
from meta.reason
order by position
