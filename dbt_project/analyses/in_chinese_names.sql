select
    组织.名称,
    期值.数值,
    期值.样本数,
    期值.档次
from zh.指标期值 as 期值
inner join zh.组织 as 组织
    on 期值.组织编码 = 组织.组织编码
where 期值.指标编码 = 'event_on_time_close_rate'
    and 期值.层级 = '镇街'
    and 期值.期间 = '近30日'
    and 期值.截止日 = (select 发布.数据截止日 from zh.本代发布 as 发布)
order by 期值.数值 nulls last, 组织.名称
