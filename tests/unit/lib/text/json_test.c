/* json_test.c - every character there is, as JSON and as YAML made of it, read back. */
#include "tests/harness.h"

#include "lib/base/error.h"
#include "lib/text/json.h"
#include "lib/text/yaml.h"

#include <stdlib.h>
#include <string.h>

struct row {
    struct slice name;
};

static const struct field row_fields[] = {
    { 1, KIND_STRING, 0, offsetof(struct row, name), "name", NULL },
};
static const struct desc row_desc = { "row", sizeof(struct row), row_fields, 1 };

/* UTF-8 of a code point that is no surrogate. */
static size_t encode(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* Prints a row of that name as YAML, reads it, and compares. */
static void assert_yaml_keeps(struct slice name)
{
    const struct print_options options = { .format = PRINT_YAML };
    const struct row row = { name };
    struct yaml *yaml;
    struct error err;
    struct buf out;
    const char *back;

    buf_init(&out, 0);
    print_one(&out, &options, &row_desc, &row);
    yaml = yaml_parse("f", buf_slice(&out), &err);
    if (yaml == NULL)
        fail_msg("%.*s: %s", SLICE_ARGS(buf_slice(&out)), err.text);
    assert_ok(yaml_string(yaml_find(yaml_root(yaml), "name"), "name", &back, &err),
              &err);
    if (memcmp(back, name.data, name.size) != 0 || back[name.size] != '\0')
        fail_msg("'%.*s' became '%s'", SLICE_ARGS(name), back);
    yaml_destroy(yaml);
    buf_finish(&out);
}

static void every_character_survives_yaml(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x110000; c += c < 0x3000 ? 1 : 977) {
        char text[16] = "a";
        size_t size = 1;
        if (c >= 0xd800 && c < 0xe000)
            continue;
        size += encode(c, text + size);
        text[size++] = 'b';
        assert_yaml_keeps(slice_of(text, size));
    }
}

static void words_stay_text(void **state)
{
    static const char *const words[] = {
        "",    "null", "~", "true", "1",    "1.5", "- a",   "a: b",
        "#x",  " x ",  "'", "\"",   "a\nb", "\\",  "&anch", "*a",
        "!!x", "%y",   "{", "]",    "? k",  "---", "...",   "| a"
    };

    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        assert_yaml_keeps(slice(words[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_survives_yaml),
        cmocka_unit_test(words_stay_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
