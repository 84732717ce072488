import ctypes

from audit import memory


def test_there_is_some_memory() -> None:
    free = memory.available()
    assert free is None or free > 1 << 20


def test_giving_back_is_asked_of_the_c_library_and_left_where_it_has_no_such_thing(monkeypatch) -> None:
    asked = []

    class Library:
        @staticmethod
        def malloc_trim(pad: int) -> int:
            asked.append(pad)
            return 1

    monkeypatch.setattr(ctypes, "CDLL", lambda _: Library)
    memory.give_back()
    assert asked == [0]
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    memory.give_back()
