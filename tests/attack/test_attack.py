"""No malformed file brings a traceback, a hang, a number that is not finite, or a change of other files."""

import os
import shutil
import zlib

import numpy as np
import pytest

from . import checkpoints, configs, episode_readers, episodes, guard, readers, scores
from .case import Case
from .options import PROPERTY

FAMILIES = {
    'episode': (episodes.KINDS, episode_readers.attack_episodes),
    'config': (configs.KINDS, readers.attack_configs),
    'checkpoint': (checkpoints.KINDS, readers.attack_checkpoints),
    'scores': (scores.KINDS, readers.attack_scores),
}
KINDS = [f'{family}-{kind}' for family, (kinds, _) in FAMILIES.items() for kind in kinds]
LEAST_KINDS = {'episode': 40, 'config': 15, 'checkpoint': 15, 'scores': 15}


def files_of(kind, config):
    """How many files of a kind are made, so that all kinds together have --attack_files."""
    total, index = config.getoption('--attack_files'), KINDS.index(kind)
    return max(1, total // len(KINDS) + (index < total % len(KINDS)))


@pytest.mark.parametrize('kind', KINDS)
def test_every_reader_loads_or_refuses(kind, tmp_path, monkeypatch, request, record_property):
    family, _, name = kind.partition('-')
    kinds, attack = FAMILIES[family]
    seed = request.config.getoption('--attack_seed')
    monkeypatch.chdir(tmp_path)
    outcomes, findings = {}, []
    for number in range(files_of(kind, request.config)):
        case = Case(tmp_path / str(number))
        with guard.limits(request.config.attack_stderr):
            attack(case, kinds[name], np.random.default_rng([seed, zlib.crc32(kind.encode()), number]))
        outcomes[case.outcome] = outcomes.get(case.outcome, 0) + 1
        findings += [f'{kind} file {number}: {finding}' for finding in case.findings]
        shutil.rmtree(case.folder)
    if os.listdir(tmp_path):
        findings.append(f'{kind}: left {os.listdir(tmp_path)} in the working directory')
    record_property(PROPERTY, outcomes)
    if findings:
        pytest.fail('\n'.join(dict.fromkeys(findings)), pytrace=False)


def test_there_are_kinds_enough():
    for family, least in LEAST_KINDS.items():
        assert len(FAMILIES[family][0]) >= least
