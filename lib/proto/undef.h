/* undef.h - forgets the macros of one reading of schema.def. Included many times. */
#undef MSG
#undef FIELD
#undef DETAIL
#undef EMBED
#undef LIST
#undef PAIRS
#undef DETAIL_PAIRS
#undef END
#undef SERVICE
#undef METHOD
#undef ENDS
