#define _GNU_SOURCE 1
#define _XOPEN_SOURCE_EXTENDED 1
#define NCURSES_WIDECHAR 1

#include "screen.h"

#include <ncurses.h>
#include <term.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wchar.h>

struct terminal_screen {
    SCREEN *screen;
    FILE *input;
    FILE *output;
};

// ncurses installs handlers for these where there are none; stopping and ending is decided by the event loop instead.
static const int signals_taken[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
enum { SIGNALS_TAKEN = sizeof signals_taken / sizeof *signals_taken };

terminal_screen *terminal_screen_open(const char *type) {
    terminal_screen *made = calloc(1, sizeof *made);
    if (made == NULL) return NULL;

    int memory = memfd_create("screen", MFD_CLOEXEC);
    made->output = memory < 0 ? NULL : fdopen(memory, "w");
    if (made->output == NULL && memory >= 0) close(memory);
    // Keys are read and decoded in Swift; ncurses never reads its input.
    made->input = fopen("/dev/null", "re");

    if (made->input != NULL && made->output != NULL) {
        struct sigaction before[SIGNALS_TAKEN];
        for (int i = 0; i < SIGNALS_TAKEN; i++) sigaction(signals_taken[i], NULL, &before[i]);
        // The caller sets the size from the terminal; LINES and COLUMNS of the environment are stale after a resize.
        use_env(FALSE);
        made->screen = newterm(type, made->output, made->input);
        for (int i = 0; i < SIGNALS_TAKEN; i++) sigaction(signals_taken[i], &before[i], NULL);
    }
    if (made->screen == NULL) {
        if (made->input != NULL) fclose(made->input);
        if (made->output != NULL) fclose(made->output);
        free(made);
        return NULL;
    }
    set_term(made->screen);
    nonl();                      // Otherwise ncurses sends a newline to move the cursor down.
    typeahead(-1);               // Never interrupt a frame because input is available.
    scrollok(stdscr, FALSE);
    idlok(stdscr, TRUE);         // Use the terminal's scroll region for lines that moved.
    keypad(stdscr, TRUE);        // Application mode (smkx), so that keys send what terminfo says.
    return made;
}

void terminal_screen_close(terminal_screen *screen) {
    delscreen(screen->screen);
    fclose(screen->output);
    fclose(screen->input);
    free(screen);
}

int terminal_screen_start_color(void) {
    if (!has_colors() || start_color() == ERR) return 0;
    use_default_colors();
    return COLORS;
}

int terminal_screen_pairs_maximum(void) { return COLOR_PAIRS; }

int terminal_screen_pair(int foreground, int background) { return alloc_pair(foreground, background); }

void terminal_screen_forget_pairs(void) { reset_color_pairs(); }

void terminal_screen_resize(int height, int width) {
    // Not resizeterm, which also queues a KEY_RESIZE that is never read.
    resize_term(height, width);
    clearok(curscr, TRUE);
}

void terminal_screen_repaint(void) {
    clearok(curscr, TRUE);
    // endwin leaves application mode, and ncurses enters it again only on a terminal that it has opened itself.
    keypad(stdscr, TRUE);
}

void terminal_screen_erase(void) {
    wattr_set(stdscr, A_NORMAL, 0, NULL);
    werase(stdscr);
}

void terminal_screen_move(int row, int column) { wmove(stdscr, row, column); }

void terminal_screen_style(uint32_t attributes, int pair) {
    attr_t look = A_NORMAL;
    if (attributes & TERMINAL_BOLD) look |= A_BOLD;
    if (attributes & TERMINAL_DIM) look |= A_DIM;
    if (attributes & TERMINAL_ITALIC) look |= A_ITALIC;
    if (attributes & TERMINAL_UNDERLINE) look |= A_UNDERLINE;
    if (attributes & TERMINAL_REVERSE) look |= A_REVERSE;
    if (attributes & TERMINAL_INVISIBLE) look |= A_INVIS;
    if (attributes & TERMINAL_LINK) look |= A_PROTECT;
    // The pair is passed as the last argument: the one before it is a short, and there may be more pairs.
    wattr_set(stdscr, look, 0, &pair);
}

static int is_mark(wchar_t character) { return character >= 0x300 && wcwidth(character) == 0; }

// Draws a character with its marks, as many as fit into a cell. Its cell is written as it is: what ncurses makes of a
// character itself drops the marks of those that the C library does not know.
static void add_cluster(const wchar_t *text, int count) {
    wchar_t cluster[CCHARW_MAX + 1] = {0};
    for (int i = 0; i < CCHARW_MAX && i < count; i++) cluster[i] = text[i];
    attr_t look = A_NORMAL;
    short pair = 0;
    int wide_pair = 0;
    (void)wattr_get(stdscr, &look, &pair, &wide_pair);
    cchar_t cell;
    if (setcchar(&cell, cluster, look, pair, &wide_pair) == ERR) return;
    (void)wadd_wchnstr(stdscr, &cell, 1);
    (void)wmove(stdscr, getcury(stdscr), getcurx(stdscr) + wcwidth(text[0]));
}

// ncurses adds a mark that is drawn by itself to the cell before the drawing position. That is the wrong one behind a
// wide character, whose left half is a cell earlier, and in the last cell, behind which the position does not advance.
// So a character with marks is drawn as a whole.
//
// Drawing into the last cell of the last row returns ERR, as the cursor cannot advance; this is not an error here.
void terminal_screen_add(const wchar_t *text, int count) {
    int drawn = 0;
    for (int base = 0; base < count;) {
        int end = base + 1;
        while (end < count && is_mark(text[end])) end++;
        if (end > base + 1) {
            if (base > drawn) (void)waddnwstr(stdscr, text + drawn, base - drawn);
            add_cluster(text + base, end - base);
            drawn = end;
        }
        base = end;
    }
    if (drawn < count) (void)waddnwstr(stdscr, text + drawn, count - drawn);
}

void terminal_screen_refresh(bool caret, int row, int column) {
    // A hidden cursor stays where the last update left it, which saves bytes.
    leaveok(stdscr, !caret);
    curs_set(caret ? 1 : 0);
    if (caret) wmove(stdscr, row, column);
    wnoutrefresh(stdscr);
    doupdate();
}

void terminal_screen_leave(void) { endwin(); }

// endwin and keypad write through stdio, doupdate directly to the same descriptor: flush in between.
size_t terminal_screen_ready(terminal_screen *screen) {
    fflush(screen->output);
    off_t end = lseek(fileno(screen->output), 0, SEEK_CUR);
    return end < 0 ? 0 : (size_t)end;
}

void terminal_screen_collect(terminal_screen *screen, uint8_t *into, size_t count) {
    int memory = fileno(screen->output);
    size_t taken = 0;
    while (taken < count) {
        ssize_t got = pread(memory, into + taken, count - taken, (off_t)taken);
        if (got <= 0) break;
        taken += (size_t)got;
    }
    lseek(memory, 0, SEEK_SET);
}

const char *terminal_screen_capability(const char *name) {
    char *value = tigetstr(name);
    // tigetstr(3) returns NULL for a missing capability, and -1 for a name that is no string capability.
    return value == (char *)-1 ? NULL : value;
}

const char *terminal_screen_foreground(int color) {
    const char *how = terminal_screen_capability("setaf");
    return how == NULL ? NULL : tiparm(how, color);
}
