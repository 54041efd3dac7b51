"""Reports as somebody would write them by hand for DuckDB, over the same table and to the same answer."""

FUNNEL = """
with counted as (
  select visitor, "at", tie, event, "at" - "at" % 86400000000 as day
  from told where device is null or device <> 'robot'),
cut as (
  select *, case when lag("at") over w is null or "at" - lag("at") over w >= 1800000000
                   or day <> lag(day) over w then 1 else 0 end as begins
  from counted window w as (partition by visitor order by "at", tie)),
visits as (
  select *, sum(begins) over (partition by visitor order by "at", tie) as visit from cut),
steps as (
  select visitor, visit, "at", tie, case event
    when 'land' then 1 when 'product' then 2 when 'cart' then 3 else 4 end as step
  from visits where event in ('land', 'product', 'cart', 'buy')),
one as (
  select *, max(case when step = 1 then 24 else 0 end) over w as best1
  from steps window w as (partition by visitor, visit order by "at", tie)),
two as (
  select *, max(case when step = 2 and best1 > 0 then best1 + 20 else 0 end) over w as best2
  from one window w as (partition by visitor, visit order by "at", tie)),
three as (
  select *, max(case when step = 3 then greatest(
      case when best1 > 0 then best1 + 18 else 0 end,
      case when best2 > 0 then best2 + 18 else 0 end) else 0 end) over w as best3
  from two window w as (partition by visitor, visit order by "at", tie)),
ended as (
  select visitor, visit, max(case step
    when 1 then 80 + 24
    when 2 then case when best1 > 0 then 160 + best1 + 20 else 0 end
    when 3 then case when best1 > 0 then 240 + greatest(best1, best2) + 18 else 0 end
    else case when best1 > 0 then 320 + greatest(best1, best2, best3) + 17 else 0 end end) as code
  from three group by visitor, visit)
select coalesce(code, 0) as code, count(*) as units, count(distinct visitor) as persons
from (select distinct visitor, visit from visits) left join ended using (visitor, visit)
group by 1
"""

PATHS = """
with counted as (
  select visitor, "at", tie, event, channel, value, "at" - "at" % 86400000000 as day
  from told where device is null or device <> 'robot'),
starts as (
  select visitor as of, "at" as touch_at, tie as touch_tie, channel
  from (select *, lag("at") over w as before, lag(day) over w as day_before
        from counted window w as (partition by visitor order by "at", tie))
  where (before is null or "at" - before >= 1800000000 or day <> day_before)
    and channel <> 'internal'),
found as (
  select visitor, "at", tie, value, row_number() over (order by visitor, "at", tie) as conversion,
    dense_rank() over (order by visitor) - 1 as person
  from counted where event = 'buy'),
near as (
  select conversion as path, touch_at, touch_tie, starts.channel
  from found join starts on visitor = of
  where (touch_at < "at" or (touch_at = "at" and touch_tie <= tie))
    and "at" - touch_at <= 604800000000)
select person, value, touch_at, channel
from found left join near on conversion = path order by conversion, touch_at, touch_tie
"""
