"""Attention of one head over the first N keys of a cache of nine, as MIL text: cache.py N."""
import sys

print("""program(1.3)
{
    func main<ios18>(state<tensor<fp16, [9, 2]>> cache, tensor<fp16, [1, %(n)d]> mask, tensor<int32, [1]> position, tensor<fp16, [1, 2]> x) {
            bool no = const()[name = string("no"), val = bool(false)];
            bool yes = const()[name = string("yes"), val = bool(true)];
            int32 axis = const()[name = string("axis"), val = int32(0)];
            tensor<int32, [1]> one = const()[name = string("one"), val = tensor<int32, [1]>([1])];
            tensor<int32, [1]> first = const()[name = string("first"), val = tensor<int32, [1]>([0])];
            tensor<int32, [1]> width = const()[name = string("width"), val = tensor<int32, [1]>([2])];
            tensor<int32, [1]> next = add(x = position, y = one)[name = string("next")];
            tensor<int32, [2]> begin = concat(axis = axis, interleave = no, values = (position, first))[name = string("begin")];
            tensor<int32, [2]> end = concat(axis = axis, interleave = no, values = (next, width))[name = string("end")];
            tensor<fp16, [9, 2]> before = read_state(input = cache)[name = string("before")];
            tensor<fp16, [9, 2]> after = slice_update(begin = begin, end = end, update = x, x = before)[name = string("after")];
            write_state(data = after, input = cache);
            tensor<fp16, [9, 2]> held = read_state(input = cache)[name = string("held")];
            tensor<int32, [2]> start = const()[name = string("start"), val = tensor<int32, [2]>([0, 0])];
            tensor<int32, [2]> stop = const()[name = string("stop"), val = tensor<int32, [2]>([%(n)d, 2])];
            tensor<fp16, [%(n)d, 2]> keys = slice_by_index(begin = start, end = stop, x = held)[name = string("keys")];
            tensor<fp16, [1, %(n)d]> scores = matmul(transpose_x = no, transpose_y = yes, x = x, y = keys)[name = string("scores")];
            tensor<fp16, [1, %(n)d]> y = add(x = scores, y = mask)[name = string("y")];
        } -> (y);
}""" % {"n": int(sys.argv[1])})
