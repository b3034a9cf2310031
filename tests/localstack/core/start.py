"""Start LocalStack's open core with a folder of its own for objects: its default is one for the whole machine."""

from __future__ import annotations

import os
from pathlib import Path

from localstack.runtime.main import main
from localstack.services.s3 import provider

provider.DEFAULT_S3_TMP_DIR = str(Path(os.environ["TMPDIR"]) / "objects")

if __name__ == "__main__":
    main()
