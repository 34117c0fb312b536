"""The bench of forms runs and says what it promises; nothing here is a matter of time."""

from __future__ import annotations

from tests.bench import forms


def test_each_form_is_measured_beside_json() -> None:
    found = forms.measure(3)
    assert [each.name for each in found] == ["json", "xlsx", "ods", "csv"]
    assert all(each.seconds > 0 and each.cpu > 0 and each.rows == 3 for each in found)
    assert forms.told(found).count("\n| ") == 6
    assert found[0].plain()["rows"] == 3
