"""Kinds of malformed `.npy` headers in one member of a `.npz`; makers as in npz.py."""

from .zips import header, replaced


def with_header(text, version=(1, 0), length=None):
    """A maker of files in which one member has this header, and its own numbers behind it."""

    def make(random, arrays):
        return replaced(random, arrays, lambda array: header(text, version, length) + array.tobytes())

    return make


def with_shape(shape, descr='<f4'):
    return with_header(f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}\n")


MAKERS = {
    'header_of_9000_brackets': with_header('(' * 9000),
    'header_of_8999_minus_signs': with_header('-' * 8999 + '1'),
    'header_of_nested_lists': with_header('[' * 150 + ']' * 150),
    'header_with_code': with_header("__import__('os').mkdir('attacked')"),
    'header_with_an_open_string': with_header("{'descr': '<f4', 'shape': (3,"),
    'header_with_an_open_triple_string': with_header("{'descr': '''<f4, 'shape': (3,)}"),
    'header_with_nul': with_header("{'descr': '<f4', \0'fortran_order': False, 'shape': (3,), }"),
    'header_that_is_no_text': with_header(b'\xff\xfe\x00\x80' * 20, version=(3, 0)),
    'header_that_is_empty': with_header(''),
    'header_of_1_megabyte': with_header(' ' * 2**20 + '{}', version=(2, 0)),
    'header_longer_than_the_file': with_header('{}', version=(2, 0), length=2**32 - 1),
    'header_with_another_key': with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'x': 1}"),
    'header_without_shape': with_header("{'descr': '<f4', 'fortran_order': False}"),
    'header_with_a_set': with_header("{'descr', 'shape'}"),
    'header_with_unhashable_keys': with_header('{[]: 1, {}: 2}'),
    'header_with_wrong_indentation': with_header("  {'descr': '<f4',\n 1\n\t2}"),
    'header_of_version_9': with_header('{}', version=(9, 9)),
    'header_with_fortran_as_text': with_header("{'descr': '<f4', 'fortran_order': 'x', 'shape': (3,)}"),
    'header_with_a_number_of_5000_digits': with_shape(f'({"9" * 5000},)'),
    'header_with_a_hex_number': with_shape(f'(0x{"f" * 5000},)'),
    'shape_of_10_to_18': with_shape((10**18,)),
    'shape_beyond_64_bits': with_shape((10**30, 2)),
    'shape_negative': with_shape((-3,)),
    'shape_whose_product_overflows': with_shape((2**32, 2**32)),
    'shape_of_truth_values': with_shape((True, True)),
    'shape_of_floats': with_shape((3.0,)),
    'shape_as_list': with_shape([3]),
    'shape_of_70_axes': with_shape((1,) * 70),
    'shape_huge_but_empty': with_shape((2**62, 2**62, 0)),
    'descr_of_objects': with_shape((3,), 'O'),
    'descr_of_no_bytes': with_shape((2**40,), '|V0'),
    'descr_of_2_gigabytes': with_shape((0,), '<U500000000'),
    'descr_beyond_32_bits': with_shape((0,), '<U99999999999'),
    'descr_unknown': with_shape((3,), '<f3'),
    'descr_of_commas': with_shape((3,), ',,f4,'),
    'descr_with_a_number': with_header("{'descr': 7, 'fortran_order': False, 'shape': (3,), }"),
    'descr_as_nested_lists': with_header(
        f"{{'descr': [('a', {'[' * 80 + ']' * 80})], 'fortran_order': False, 'shape': (3,)}}"
    ),
    'descr_as_tuple_of_itself': with_header(
        "{'descr': ('<f4', ('<f4', (2**9,))), 'fortran_order': False, 'shape': ()}"
    ),
}
