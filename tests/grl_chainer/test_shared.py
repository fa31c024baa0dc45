"""The tests that the three packages share; pytest collects them here."""

from tests.drivers.graphs import *  # noqa: F403
from tests.drivers.subjects import *  # noqa: F403
from tests.layers.drawing import *  # noqa: F403
from tests.layers.drawing_numpy import *  # noqa: F403
from tests.layers.mixing import *  # noqa: F403
from tests.layers.page import *  # noqa: F403
from tests.layers.scaling import *  # noqa: F403
from tests.layers.schedules import *  # noqa: F403
