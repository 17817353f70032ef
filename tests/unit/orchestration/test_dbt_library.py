"""dagster-dbt without dbt in the process."""

import subprocess
import sys

_ASKED = """
import sys
from pipelines.orchestration import dbt_library
print(any(name.split(".")[0] == "dbt" for name in sys.modules))
import dbt.version
"""


def test_a_process_that_loads_the_library_has_not_loaded_dbt_and_still_can() -> None:
    ran = subprocess.run([sys.executable, "-c", _ASKED], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "False"), ran.stderr
