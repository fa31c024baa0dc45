"""Lets the suite run by pytest alone, on every backend that is set up: ``pytest conformance``."""

from __future__ import annotations

import pytest

from ..run.plugin import SuitePlugin
from ..run.session import Settings, open_subjects


def pytest_configure(config: pytest.Config) -> None:
    if not any(isinstance(plugin, SuitePlugin) for plugin in config.pluginmanager.get_plugins()):
        settings = Settings()
        subjects, _ = open_subjects(settings)
        config.pluginmanager.register(SuitePlugin(subjects, settings.plan, quiet=False))
