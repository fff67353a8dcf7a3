"""What every page is rendered with: templates that escape, and numbers as a reader wants them."""

from __future__ import annotations

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from motiflens.report import words

_FILTERS = ("figure", "interval", "share", "small", "fact", "title", "option", "listing")


def page_environment(*packages: str) -> Environment:
    """Return an environment with the templates of packages and the filters of `words`.

    Parameters
    ----------
    packages
        Dotted names of packages with a folder ``templates``; the first that has a template gives it.

    Examples
    --------
    >>> page_environment("motiflens.report").from_string("{{ 0.25|as_share }} {{ '<b>' }}").render()
    '25% &lt;b&gt;'
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in _FILTERS:
        environment.filters[f"as_{name}"] = getattr(words, name)
    return environment
