"""Whether this machine can build on Spark.

Belongs here: what must be installed. Does not belong here: starting Spark (dbt-spark, in dbt's process).
"""

from importlib import metadata

from pipelines import settings


def missing() -> str | None:
    """What is missing, and what to do; null if nothing is."""
    for library in ("pyspark", "dbt-spark"):
        try:
            metadata.version(library)
        except metadata.PackageNotFoundError:
            return f"{library} is not installed: pip install 'sihe[spark]', in a checkout pip install -e '.[spark]'"
    if settings.java() is None:
        return "Spark needs Java 17 or 21: apt-get install openjdk-17-jre-headless, or set JAVA_HOME"
    return None
