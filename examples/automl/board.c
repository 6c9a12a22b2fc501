/* board.c - columns and JSON by hand: the texts are of our own making, so nothing needs
 * escaping but the name of the data set, whose odd characters are left out. */
#include "board.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "evaluate.h"
#include "report.h"

#define BAR 30

static const char *params_of(const struct report_line *line)
{
    const char *space = strchr(line->text, ' ');
    return space ? space + 1 : "";
}

static int family_width(const struct report_line *line)
{
    return (int)strcspn(line->text, " ");
}

void board_progress(FILE *out, const struct report *report, bool is_terminal)
{
    uint32_t done = report->trials - report->pending;
    int filled = report->trials ? (int)((uint64_t)done * BAR / report->trials) : 0;

    if (is_terminal) {
        fprintf(out, "\r[");
        for (int i = 0; i < BAR; i++)
            fputc(i < filled ? '#' : '.', out);
        fprintf(out, "] ");
    }
    fprintf(out, "round %" PRIu32 ": %" PRIu32 "/%" PRIu32 " trials", report->round,
            done, report->trials);
    if (report->count > 0)
        fprintf(out, ", best %.4f %.*s", report_score(&report->lines[0]),
                family_width(&report->lines[0]), report->lines[0].text);
    fprintf(out, is_terminal ? "\033[K" : "\n");
    fflush(out);
}

void board_print(FILE *out, const struct report *report, unsigned most, bool plain)
{
    fprintf(out, "%4s  %-9s  %-7s  %5s", "RANK", "MODEL", "SCORE", "FOLDS");
    if (!plain)
        fprintf(out, "  %8s  %-8s", "TIME", "NODE");
    fprintf(out, "  PARAMETERS\n");
    for (uint32_t i = 0; i < report->count && i < most; i++) {
        const struct report_line *line = &report->lines[i];
        fprintf(out, "%4" PRIu32 "  %-9.*s  ", i + 1, family_width(line), line->text);
        if (line->has_failed)
            fprintf(out, "failed ");
        else
            fprintf(out, "%.5f", report_score(line));
        fprintf(out, "  %5" PRIu32, line->folds);
        if (!plain)
            fprintf(out, "  %7.2fs  %-8.8s", line->seconds, line->node);
        fprintf(out, "  %s\n", params_of(line));
    }
    if (report->count > most)
        fprintf(out, "      (%" PRIu32 " more)\n", report->count - most);
}

static void json_params(FILE *out, const char *params)
{
    const char *separator = "";

    while (*params) {
        size_t key = strcspn(params, "="), value = strcspn(params + key + 1, " ");
        fprintf(out, "%s\"%.*s\": %.*s", separator, (int)key, params, (int)value,
                params + key + 1);
        params += key + 1 + value;
        params += *params == ' ';
        separator = ", ";
    }
}

static void json_line(FILE *out, const struct report_line *line, uint32_t rank)
{
    fprintf(out, "    {\"rank\": %" PRIu32 ", \"model\": \"%.*s\", \"parameters\": {",
            rank, family_width(line), line->text);
    json_params(out, params_of(line));
    fprintf(out,
            "}, \"score\": %.6f, \"folds\": %" PRIu32 ", \"correct\": %" PRIu32
            ", \"total\": %" PRIu32
            ", \"seconds\": %.3f, \"node\": \"%s\", \"failed\": %s}",
            report_score(line), line->folds, line->tally.correct, line->tally.total,
            line->seconds, line->node, line->has_failed ? "true" : "false");
}

void board_json(FILE *out, const char *data_name, const struct report *report)
{
    fprintf(out, "{\n  \"data\": \"");
    for (; *data_name; data_name++)
        if (isalnum((unsigned char)*data_name) || strchr("._- ", *data_name))
            fputc(*data_name, out);
    fprintf(out,
            "\",\n  \"seconds\": %.3f,\n  \"trials\": %" PRIu32
            ",\n  \"retried\": %" PRIu32 ",\n  \"holdout\": {\"correct\": %" PRIu32
            ", \"total\": %" PRIu32 ", \"accuracy\": %.6f},\n  \"leaderboard\": [\n",
            report->seconds, report->trials, report->retried, report->holdout.correct,
            report->holdout.total, evaluate_score(&report->holdout));
    for (uint32_t i = 0; i < report->count; i++) {
        json_line(out, &report->lines[i], i + 1);
        fprintf(out, i + 1 < report->count ? ",\n" : "\n");
    }
    fprintf(out, "  ]\n}\n");
}
