/* input.h - what the user did, in our own words: a key, or the mouse. */
#pragma once

enum {
    INPUT_CTRL_L = 0x0c,
    INPUT_FIRST = 0x110000, /* below it: the character itself */
    INPUT_ENTER,
    INPUT_ESCAPE,
    INPUT_BACKSPACE,
    INPUT_TAB,
    INPUT_BACK_TAB,
    INPUT_UP,
    INPUT_DOWN,
    INPUT_LEFT,
    INPUT_RIGHT,
    INPUT_PAGE_UP,
    INPUT_PAGE_DOWN,
    INPUT_HOME,
    INPUT_END,
    INPUT_CLICK,
    INPUT_WHEEL_UP,
    INPUT_WHEEL_DOWN,
};

struct input {
    int key;
    int x, y; /* of the mouse */
};
