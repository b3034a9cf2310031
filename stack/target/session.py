"""The one place that makes AWS clients for an emulator.

An emulator is an address on this machine. Whatever the machine is set up for (a company's proxy, a profile, FIPS
endpoints, S3 acceleration, a region) is meant for Amazon, and would send the calls elsewhere or refuse them. So the
session reads no setting from the environment and none from a file.
"""

from __future__ import annotations

import os
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES as VARIABLES
from botocore.configprovider import ConfigValueStore, ConstantProvider
from botocore.loaders import Loader

ROOT = "test"
"""Access key and secret of an emulator's root user."""
CONFIG = Config(proxies={}, s3={"addressing_style": "path"})
"""Every client takes this, whatever else it is made with: no proxy, and no bucket name that would need resolving."""


def emulator_session() -> boto3.Session:
    """Return a session of the emulator's root user that knows nothing of this machine's AWS and proxy settings."""
    core = botocore.session.get_session()
    core.register_component("config_store", ConfigValueStore(mapping=_defaults()))
    builtin = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    core.register_component("data_loader", builtin)  # without ~/.aws/models
    core.set_default_client_config(CONFIG)
    return boto3.Session(aws_access_key_id=ROOT, aws_secret_access_key=ROOT, botocore_session=core)


def emulator_client(service: Any, *, endpoint_url: str, region: str) -> Any:
    """Return a client of an emulator's root user."""
    return emulator_session().client(service, endpoint_url=endpoint_url, region_name=region)


def _defaults() -> dict[str, ConstantProvider]:
    """Botocore's own default of each of its settings, where it would look at the environment and the files."""
    defaults = {name: ConstantProvider(default) for name, (_, _, default, _) in VARIABLES.items()}
    nothing = ConstantProvider(os.devnull)
    return {**defaults, "config_file": nothing, "credentials_file": nothing}
