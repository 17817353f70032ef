-- The version of a register that is in force at the end of a day.
valid_from <= cast($last as date) and (valid_to is null or valid_to > cast($last as date))
