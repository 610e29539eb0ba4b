/* The stack machine of pickle protocols 2 to 5, reduced to state dicts: see
 * pickle.h. Opcodes are those of Python's Lib/pickletools.py. */
#include "weights/pickle.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum opcode {
    OP_MARK = '(',
    OP_STOP = '.',
    OP_BINFLOAT = 'G',
    OP_BININT = 'J',
    OP_BININT1 = 'K',
    OP_BININT2 = 'M',
    OP_NONE = 'N',
    OP_BINPERSID = 'Q',
    OP_REDUCE = 'R',
    OP_BINSTRING = 'T',
    OP_SHORT_BINSTRING = 'U',
    OP_BINUNICODE = 'X',
    OP_BINBYTES = 'B',
    OP_SHORT_BINBYTES = 'C',
    OP_NEWOBJ = 0x81,
    OP_EMPTY_SET = 0x8f,
    OP_ADDITEMS = 0x90,
    OP_APPEND = 'a',
    OP_BUILD = 'b',
    OP_GLOBAL = 'c',
    OP_APPENDS = 'e',
    OP_BINGET = 'h',
    OP_LONG_BINGET = 'j',
    OP_BINPUT = 'q',
    OP_LONG_BINPUT = 'r',
    OP_SETITEM = 's',
    OP_TUPLE = 't',
    OP_SETITEMS = 'u',
    OP_EMPTY_LIST = ']',
    OP_EMPTY_DICT = '}',
    OP_EMPTY_TUPLE = ')',
    OP_PROTO = 0x80,
    OP_TUPLE1 = 0x85,
    OP_TUPLE2 = 0x86,
    OP_TUPLE3 = 0x87,
    OP_NEWTRUE = 0x88,
    OP_NEWFALSE = 0x89,
    OP_LONG1 = 0x8a,
    OP_SHORT_BINUNICODE = 0x8c,
    OP_STACK_GLOBAL = 0x93,
    OP_MEMOIZE = 0x94,
    OP_FRAME = 0x95
};

typedef struct machine {
    lk_pickle *pickle;
    lk_cursor *cursor;
    lk_value_list stack;
    lk_value_list memo; /* NULL where nothing was put */
    size_t memo_used;   /* how many puts, for MEMOIZE */
    size_t marks[LK_PICKLE_MAX_MARKS];
    size_t mark_count;
} machine;

static lk_status push(machine *m, const lk_value *value)
{
    LK_REQUIRE(m->pickle->pushes < LK_PICKLE_MAX_PUSHES, LK_ERROR_LIMIT,
               "the pickle has more than %d values", LK_PICKLE_MAX_PUSHES);
    m->pickle->pushes++;
    return lk_value_list_push(&m->stack, value);
}

static lk_status push_new(machine *m, lk_value_kind kind, lk_value **out)
{
    LK_TRY(lk_value_new(m->pickle, kind, out));
    return push(m, *out);
}

static lk_status push_integer(machine *m, lk_value_kind kind, int64_t integer)
{
    lk_value *value;
    LK_TRY(push_new(m, kind, &value));
    value->as.integer = integer;
    return LK_OK;
}

/* What the innermost open mark allows to pop. */
static size_t available(const machine *m)
{
    size_t floor = m->mark_count ? m->marks[m->mark_count - 1] : 0;
    return m->stack.count - floor;
}

static lk_status pop(machine *m, const lk_value **out)
{
    LK_REQUIRE(available(m) > 0, LK_ERROR_FORMAT, "the pickle's stack is empty at byte %zu",
               m->cursor->at);
    *out = m->stack.items[--m->stack.count];
    return LK_OK;
}

static lk_status ended(const machine *m)
{
    return lk_fail(LK_ERROR_FORMAT, "is cut short: the pickle ends at byte %zu", m->cursor->size);
}

static lk_status pickle_number(machine *m, size_t bytes, uint64_t *out)
{
    *out = 0; /* so that the compiler, too, sees it set on every way */
    return lk_cursor_number(m->cursor, bytes, out) ? LK_OK : ended(m);
}

static lk_status push_string(machine *m, size_t length_bytes)
{
    uint64_t length;
    LK_TRY(pickle_number(m, length_bytes, &length));
    const uint8_t *bytes;
    if (!lk_cursor_take(m->cursor, length, &bytes))
        return ended(m);
    lk_value *value;
    LK_TRY(push_new(m, LK_VALUE_STRING, &value));
    value->as.string.bytes = (const char *)bytes;
    value->as.string.length = length;
    return LK_OK;
}

static lk_status push_unsigned(machine *m, size_t bytes)
{
    uint64_t value;
    LK_TRY(pickle_number(m, bytes, &value));
    return push_integer(m, LK_VALUE_INTEGER, (int64_t)value);
}

static lk_status push_int32(machine *m)
{
    uint64_t value;
    LK_TRY(pickle_number(m, 4, &value));
    return push_integer(m, LK_VALUE_INTEGER, (int32_t)(uint32_t)value);
}

/* Two's complement, little-endian, as few bytes as it takes. */
static lk_status push_long(machine *m)
{
    uint64_t length, value;
    LK_TRY(pickle_number(m, 1, &length));
    LK_REQUIRE(length <= 8, LK_ERROR_UNSUPPORTED, "the pickle has an integer of %llu bytes",
               (unsigned long long)length);
    LK_TRY(pickle_number(m, length, &value));
    if (length > 0 && length < 8 && value >> (8 * length - 1))
        value |= UINT64_MAX << (8 * length);
    return push_integer(m, LK_VALUE_INTEGER, (int64_t)value);
}

/* The only big-endian number of a pickle. */
static lk_status push_float(machine *m)
{
    uint64_t bits;
    LK_TRY(pickle_number(m, 8, &bits));
    bits = __builtin_bswap64(bits);
    lk_value *value;
    LK_TRY(push_new(m, LK_VALUE_FLOAT, &value));
    memcpy(&value->as.real, &bits, sizeof bits);
    return LK_OK;
}

static lk_status push_mark(machine *m)
{
    LK_REQUIRE(m->mark_count < LK_PICKLE_MAX_MARKS, LK_ERROR_LIMIT,
               "the pickle is nested deeper than %d levels", LK_PICKLE_MAX_MARKS);
    m->marks[m->mark_count++] = m->stack.count;
    return LK_OK;
}

/* *first is the stack position above the innermost mark, which is taken away. */
static lk_status pop_mark(machine *m, size_t *first)
{
    LK_REQUIRE(m->mark_count > 0, LK_ERROR_FORMAT, "the pickle has no mark at byte %zu",
               m->cursor->at);
    *first = m->marks[--m->mark_count];
    return LK_OK;
}

/* Moves stack items from `first` up to the end of `list`. */
static lk_status move_items(machine *m, size_t first, lk_value_list *list)
{
    for (size_t i = first; i < m->stack.count; i++)
        LK_TRY(lk_value_list_push(list, m->stack.items[i]));
    m->stack.count = first;
    return LK_OK;
}

static lk_status make_tuple(machine *m, size_t first)
{
    lk_value *tuple;
    LK_TRY(lk_value_new(m->pickle, LK_VALUE_TUPLE, &tuple));
    LK_TRY(move_items(m, first, &tuple->as.list));
    return push(m, tuple);
}

static lk_status make_marked_tuple(machine *m)
{
    size_t first;
    LK_TRY(pop_mark(m, &first));
    return make_tuple(m, first);
}

static lk_status make_short_tuple(machine *m, size_t count)
{
    LK_REQUIRE(available(m) >= count, LK_ERROR_FORMAT, "the pickle's stack is empty at byte %zu",
               m->cursor->at);
    return make_tuple(m, m->stack.count - count);
}

/* Adds the items above `first` to the dict or list below them. */
static lk_status extend(machine *m, size_t first, lk_value_kind kind)
{
    size_t floor = m->mark_count ? m->marks[m->mark_count - 1] : 0;
    size_t added = m->stack.count - first;
    if (first > floor && m->stack.items[first - 1]->kind == LK_VALUE_OBJECT) {
        m->stack.count = first; /* what an object holds is not looked at */
        return LK_OK;
    }
    LK_REQUIRE(first > floor && m->stack.items[first - 1]->kind == kind, LK_ERROR_FORMAT,
               "the pickle adds items to something that is not %s, at byte %zu",
               lk_value_kind_name(kind), m->cursor->at);
    LK_REQUIRE(kind != LK_VALUE_DICT || added % 2 == 0, LK_ERROR_FORMAT,
               "the pickle has a key without a value, at byte %zu", m->cursor->at);
    lk_value *container = (lk_value *)m->stack.items[first - 1];
    return move_items(m, first, &container->as.list);
}

static lk_status extend_marked(machine *m, lk_value_kind kind)
{
    size_t first;
    LK_TRY(pop_mark(m, &first));
    return extend(m, first, kind);
}

static lk_status extend_by(machine *m, size_t count, lk_value_kind kind)
{
    LK_REQUIRE(available(m) > count, LK_ERROR_FORMAT, "the pickle's stack is empty at byte %zu",
               m->cursor->at);
    return extend(m, m->stack.count - count, kind);
}

static lk_status memo_put(machine *m, uint64_t index)
{
    LK_REQUIRE(available(m) > 0, LK_ERROR_FORMAT, "the pickle's stack is empty at byte %zu",
               m->cursor->at);
    LK_REQUIRE(index < LK_PICKLE_MAX_PUSHES, LK_ERROR_LIMIT,
               "the pickle has a memo entry %llu, at most %d are read", (unsigned long long)index,
               LK_PICKLE_MAX_PUSHES);
    while (m->memo.count <= index)
        LK_TRY(lk_value_list_push(&m->memo, NULL));
    m->memo.items[index] = m->stack.items[m->stack.count - 1];
    m->memo_used++;
    return LK_OK;
}

static lk_status memo_put_at(machine *m, size_t bytes)
{
    uint64_t index;
    LK_TRY(pickle_number(m, bytes, &index));
    return memo_put(m, index);
}

static lk_status memo_get_at(machine *m, size_t bytes)
{
    uint64_t index;
    LK_TRY(pickle_number(m, bytes, &index));
    LK_REQUIRE(index < m->memo.count && m->memo.items[index], LK_ERROR_FORMAT,
               "the pickle reads memo entry %llu, which is not there", (unsigned long long)index);
    return push(m, m->memo.items[index]);
}

/* The rest of a line, of at most 255 bytes. */
static lk_status pickle_read_line(machine *m, lk_value *out)
{
    size_t left = m->cursor->size - m->cursor->at;
    const uint8_t *start = m->cursor->bytes + m->cursor->at;
    const uint8_t *end = memchr(start, '\n', left < 256 ? left : 256);
    LK_REQUIRE(end, LK_ERROR_FORMAT, "the pickle has a name without an end, at byte %zu",
               m->cursor->at);
    out->kind = LK_VALUE_STRING;
    out->as.string.bytes = (const char *)start;
    out->as.string.length = (size_t)(end - start);
    m->cursor->at += (size_t)(end - start) + 1;
    return LK_OK;
}

static lk_status push_global(machine *m, const lk_value *module, const lk_value *name)
{
    LK_REQUIRE(module->kind == LK_VALUE_STRING && name->kind == LK_VALUE_STRING, LK_ERROR_FORMAT,
               "the pickle names a global by %s and %s, expected two strings",
               lk_value_kind_name(module->kind), lk_value_kind_name(name->kind));
    lk_value *global;
    LK_TRY(lk_torch_global(m->pickle, module, name, &global));
    return push(m, global);
}

static lk_status global_by_lines(machine *m)
{
    lk_value module, name;
    LK_TRY(pickle_read_line(m, &module));
    LK_TRY(pickle_read_line(m, &name));
    return push_global(m, &module, &name);
}

static lk_status global_by_stack(machine *m)
{
    const lk_value *module, *name;
    LK_TRY(pop(m, &name));
    LK_TRY(pop(m, &module));
    return push_global(m, module, name);
}

static lk_status pickle_reduce(machine *m)
{
    const lk_value *arguments, *callable, *result;
    LK_TRY(pop(m, &arguments));
    LK_TRY(pop(m, &callable));
    LK_TRY(lk_torch_call(m->pickle, callable, arguments, &result));
    return push(m, result);
}

/* CLASS.__new__(CLASS, *arguments) */
static lk_status new_object(machine *m)
{
    const lk_value *arguments, *callable, *result;
    LK_TRY(pop(m, &arguments));
    LK_TRY(pop(m, &callable));
    LK_REQUIRE(callable->kind == LK_VALUE_GLOBAL && callable->as.integer == LK_GLOBAL_OBJECT,
               LK_ERROR_UNSUPPORTED,
               "refuses the pickle opcode 0x%02x at byte %zu: only state dicts are read",
               (unsigned)OP_NEWOBJ, m->cursor->at - 1);
    LK_TRY(lk_torch_object(m->pickle, callable, &result));
    return push(m, result);
}

/* The attributes of a state dict (its _metadata: layer versions) are not needed, and
 * neither are those of objects. */
static lk_status pickle_build(machine *m)
{
    const lk_value *state;
    LK_TRY(pop(m, &state));
    if (available(m) > 0 && m->stack.items[m->stack.count - 1]->kind == LK_VALUE_OBJECT)
        return LK_OK;
    LK_REQUIRE(available(m) > 0 && m->stack.items[m->stack.count - 1]->kind == LK_VALUE_DICT &&
                   state->kind == LK_VALUE_DICT,
               LK_ERROR_UNSUPPORTED, "the pickle sets attributes of something that is not a dict");
    return LK_OK;
}

static lk_status persistent(machine *m)
{
    const lk_value *id, *storage;
    LK_TRY(pop(m, &id));
    LK_TRY(lk_torch_storage(m->pickle, id, &storage));
    return push(m, storage);
}

static lk_status protocol(machine *m)
{
    uint64_t version;
    LK_TRY(pickle_number(m, 1, &version));
    LK_REQUIRE(version >= 2 && version <= 5, LK_ERROR_UNSUPPORTED,
               "the pickle has protocol %llu, expected 2 to 5", (unsigned long long)version);
    return LK_OK;
}

/* A frame's length is a hint for buffering. */
static lk_status skip_frame(machine *m)
{
    uint64_t length;
    return pickle_number(m, 8, &length);
}

static lk_status push_plain(machine *m, lk_value_kind kind)
{
    lk_value *value;
    return push_new(m, kind, &value);
}

static lk_status execute(machine *m, uint64_t opcode)
{
    switch (opcode) {
    case OP_PROTO: return protocol(m);
    case OP_FRAME: return skip_frame(m);
    case OP_MARK: return push_mark(m);
    case OP_NONE: return push_plain(m, LK_VALUE_NONE);
    case OP_NEWTRUE: return push_integer(m, LK_VALUE_BOOL, 1);
    case OP_NEWFALSE: return push_integer(m, LK_VALUE_BOOL, 0);
    case OP_BININT: return push_int32(m);
    case OP_BININT1: return push_unsigned(m, 1);
    case OP_BININT2: return push_unsigned(m, 2);
    case OP_LONG1: return push_long(m);
    case OP_BINFLOAT: return push_float(m);
    case OP_SHORT_BINSTRING:
    case OP_SHORT_BINBYTES:
    case OP_SHORT_BINUNICODE: return push_string(m, 1);
    case OP_BINSTRING:
    case OP_BINBYTES:
    case OP_BINUNICODE: return push_string(m, 4);
    case OP_EMPTY_TUPLE: return push_plain(m, LK_VALUE_TUPLE);
    case OP_EMPTY_SET: return push_plain(m, LK_VALUE_OBJECT);
    case OP_ADDITEMS: return extend_marked(m, LK_VALUE_OBJECT);
    case OP_NEWOBJ: return new_object(m);
    case OP_EMPTY_LIST: return push_plain(m, LK_VALUE_LIST);
    case OP_EMPTY_DICT: return push_plain(m, LK_VALUE_DICT);
    case OP_TUPLE: return make_marked_tuple(m);
    case OP_TUPLE1: return make_short_tuple(m, 1);
    case OP_TUPLE2: return make_short_tuple(m, 2);
    case OP_TUPLE3: return make_short_tuple(m, 3);
    case OP_APPEND: return extend_by(m, 1, LK_VALUE_LIST);
    case OP_APPENDS: return extend_marked(m, LK_VALUE_LIST);
    case OP_SETITEM: return extend_by(m, 2, LK_VALUE_DICT);
    case OP_SETITEMS: return extend_marked(m, LK_VALUE_DICT);
    case OP_BINPUT: return memo_put_at(m, 1);
    case OP_LONG_BINPUT: return memo_put_at(m, 4);
    case OP_MEMOIZE: return memo_put(m, m->memo_used);
    case OP_BINGET: return memo_get_at(m, 1);
    case OP_LONG_BINGET: return memo_get_at(m, 4);
    case OP_GLOBAL: return global_by_lines(m);
    case OP_STACK_GLOBAL: return global_by_stack(m);
    case OP_REDUCE: return pickle_reduce(m);
    case OP_BUILD: return pickle_build(m);
    case OP_BINPERSID: return persistent(m);
    default:
        return lk_fail(LK_ERROR_UNSUPPORTED,
                       "refuses the pickle opcode 0x%02x at byte %zu: only state dicts are read",
                       (unsigned)opcode, m->cursor->at - 1);
    }
}

static lk_status pickle_run(machine *m, const lk_value **out)
{
    for (;;) {
        uint64_t opcode;
        LK_TRY(pickle_number(m, 1, &opcode));
        if (opcode == OP_STOP)
            break;
        LK_REQUIRE(m->pickle->opcodes++ < LK_PICKLE_MAX_OPCODES, LK_ERROR_LIMIT,
                   "the pickle has more than %d steps", LK_PICKLE_MAX_OPCODES);
        LK_TRY(execute(m, opcode));
    }
    LK_REQUIRE(m->mark_count == 0 && m->stack.count == 1, LK_ERROR_FORMAT,
               "the pickle stops with %zu values on its stack, expected one", m->stack.count);
    *out = m->stack.items[0];
    return LK_OK;
}

lk_status lk_pickle_load(lk_pickle *pickle, lk_cursor *cursor, const lk_value **out)
{
    machine m = {.pickle = pickle, .cursor = cursor};
    lk_status status = pickle_run(&m, out);
    free(m.stack.items);
    free(m.memo.items);
    return status;
}
