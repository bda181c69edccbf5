"""The project computes what the authors' release computes, array by array."""


def test_agrees_with_the_release(golden):
    wrong = {name: error for name, error in golden.errors.items() if not error[0] <= error[1]}
    assert golden.errors
    assert not wrong


def test_every_array_of_the_file_is_compared(golden):
    assert golden.forgotten == []
