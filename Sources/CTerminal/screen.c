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

struct terminal_screen {
    SCREEN *screen;
    FILE *input;
    FILE *output;
};

// ncurses takes these over whenever nobody else has; a stop or an end is decided by the loop, not by a library.
static const int signals_taken[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
enum { SIGNALS_TAKEN = sizeof signals_taken / sizeof *signals_taken };

terminal_screen *terminal_screen_open(const char *type) {
    terminal_screen *made = calloc(1, sizeof *made);
    if (made == NULL) return NULL;

    int memory = memfd_create("screen", MFD_CLOEXEC);
    made->output = memory < 0 ? NULL : fdopen(memory, "w");
    if (made->output == NULL && memory >= 0) close(memory);
    // Keys are read and decoded elsewhere; ncurses never looks at them.
    made->input = fopen("/dev/null", "re");

    if (made->input != NULL && made->output != NULL) {
        struct sigaction before[SIGNALS_TAKEN];
        for (int i = 0; i < SIGNALS_TAKEN; i++) sigaction(signals_taken[i], NULL, &before[i]);
        // The size is set from the terminal by the caller; LINES and COLUMNS of a parent are stale after a resize.
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
    nonl();                      // Without it a newline would be sent where the cursor should only go down.
    typeahead(-1);               // A frame is never left half painted because a key was pressed.
    scrollok(stdscr, FALSE);
    idlok(stdscr, TRUE);         // Lines that moved are scrolled by the terminal instead of being sent again.
    keypad(stdscr, TRUE);        // The keys send what the terminal's description says they send.
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
    // Not resizeterm: that also queues a KEY_RESIZE, which nobody would ever fetch.
    resize_term(height, width);
    clearok(curscr, TRUE);
}

void terminal_screen_repaint(void) { clearok(curscr, TRUE); }

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
    // The pair goes in through the last argument: the one before it is a short, and there are more pairs than that.
    wattr_set(stdscr, look, 0, &pair);
}

// The last cell of the last row makes it fail after drawing, as the cursor has nowhere to go; that is no error here.
void terminal_screen_add(const wchar_t *text, int count) { (void)waddnwstr(stdscr, text, count); }

void terminal_screen_refresh(bool caret, int row, int column) {
    // A hidden caret is left where it happens to be, which saves the bytes of bringing it back.
    leaveok(stdscr, !caret);
    curs_set(caret ? 1 : 0);
    if (caret) wmove(stdscr, row, column);
    wnoutrefresh(stdscr);
    doupdate();
}

void terminal_screen_leave(void) { endwin(); }

// endwin and keypad write through stdio, doupdate past it, both to the same descriptor.
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
    // The two ways of ncurses to say no: "it has none", and "that is not the name of a string".
    return value == (char *)-1 ? NULL : value;
}

const char *terminal_screen_foreground(int color) {
    const char *how = terminal_screen_capability("setaf");
    return how == NULL ? NULL : tiparm(how, color);
}
