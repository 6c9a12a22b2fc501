/* no_services.h - for a reading of schema.def that wants its messages alone. Included
 * many times. */
#define SERVICE(s)
#define METHOD(s, number, name, request, reply)
#define ENDS(s)
