-- Which generation is this, when was it built, and which days does it contain?
select generation, built_at, data_from, data_through, is_demo, code_version
from meta.build
limit 1
