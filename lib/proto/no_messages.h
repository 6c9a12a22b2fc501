/* no_messages.h - for a reading of schema.def that wants its services alone. Included
 * many times. */
#define MSG(x)
#define FIELD(x, tag, name, kind)
#define DETAIL(x, tag, name, kind)
#define EMBED(x, tag, name, other)
#define LIST(x, tag, name, other)
#define PAIRS(x, tag, name, other)
#define DETAIL_PAIRS(x, tag, name, other)
#define END(x)
