"""The lake: the working database's rows as folders of Parquet for Spark, and Spark's tables on their way back.

Belongs here: files under the lake's folder. Does not belong here: the models (`dbt_project`), running dbt
(`orchestration`). Nothing here needs Spark.
"""
