"""The settings of a run as one immutable tree."""

import io
from collections.abc import Mapping

import ruamel.yaml

from ..errors import UserError
from . import schema


class Config(Mapping):
    """Settings by name: `config.rssm.deter`, `config['rssm.deter']`, `Layer(**config.rssm)`.

    Made from flat keys, {'rssm.deter': 600, ...}; values are converted and checked by the schema.
    """

    def __init__(self, flat):
        self._flat = dict(flat)
        self._tree = {}
        for key, value in self._flat.items():
            head, _, rest = key.partition('.')
            if rest:
                self._tree.setdefault(head, {})[rest] = value
            else:
                self._tree[head] = value
        self._tree = {k: Config(v) if isinstance(v, dict) else v for k, v in self._tree.items()}

    def updated(self, changes):
        """A config with changes {key or pattern: value}.

        Raises:
          UserError: an unknown key, or a value that is not allowed.
        """
        flat = dict(self._flat)
        for name, value in changes.items():
            try:
                flat |= {key: schema.convert(key, value) for key in schema.match(name)}
            except UserError as error:
                told = f'{error}' if f'`{name}`' in str(error) else f'`{name}`: {error}'
                raise UserError(told) from None
        return Config(flat)

    @property
    def flat(self):
        return dict(self._flat)

    def to_yaml(self):
        """The settings as a YAML text that `presets.stack` reads."""
        stream = io.StringIO()
        writer = ruamel.yaml.YAML(typ='safe', pure=True)
        writer.default_flow_style = False
        writer.dump(self._plain(), stream)
        return stream.getvalue()

    def _plain(self):
        plain = {tuple: list, Config: Config._plain}
        return {k: plain.get(type(v), lambda x: x)(v) for k, v in self._tree.items()}

    def __getattr__(self, name):
        try:
            return self.__dict__['_tree'][name]
        except KeyError:
            raise AttributeError(f'no setting {name!r}; there are {list(self.keys())}') from None

    def __getitem__(self, key):
        return self._tree[key] if key in self._tree else self._flat[key]

    def __iter__(self):
        return iter(self._tree)

    def __len__(self):
        return len(self._tree)

    def __eq__(self, other):
        return isinstance(other, Config) and self._flat == other._flat

    def __repr__(self):
        return f'Config({self._flat})'
