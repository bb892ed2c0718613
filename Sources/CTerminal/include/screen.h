// ncursesw as a renderer from cells to bytes.
//
// ncurses writes to a file in memory instead of the terminal; the caller collects the bytes after each frame and writes
// them. So a frame is one write, a terminal that accepts no bytes cannot block the caller inside ncurses, an unchanged
// frame is empty, and the modes of the terminal are changed in one place only.

#ifndef CTERMINAL_SCREEN_H
#define CTERMINAL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

// A screen. ncurses has global state, so there is only one at a time.
typedef struct terminal_screen terminal_screen;

// The attributes of text, as bits.
enum {
    TERMINAL_BOLD = 1 << 0,
    TERMINAL_DIM = 1 << 1,
    TERMINAL_ITALIC = 1 << 2,
    TERMINAL_UNDERLINE = 1 << 3,
    TERMINAL_REVERSE = 1 << 4,
    // Invisible. Not used as such: SGRTranslator replaces it with crossed-out (SGR 9), which ncurses lacks.
    TERMINAL_INVISIBLE = 1 << 5,
    // Part of a link, which cannot be seen: ncurses takes it for another cell than the same text without a link, and
    // paints it anew when the link is gone.
    TERMINAL_LINK = 1 << 6,
};

// Opens a screen for a terminal type (TERM), or returns NULL when terminfo does not know it. Signal handlers that
// ncurses installs are removed again.
terminal_screen *_Nullable terminal_screen_open(const char *_Nonnull type);

// Ends the screen and frees what it holds.
void terminal_screen_close(terminal_screen *_Nonnull screen);

// Initializes colours, with -1 for the terminal's default, and returns how many there are; 0 for none.
int terminal_screen_start_color(void);

// The maximum number of colour pairs.
int terminal_screen_pairs_maximum(void);

// The number of a colour pair, which is allocated if it is new; negative when none is left.
int terminal_screen_pair(int foreground, int background);

// Frees all colour pairs.
void terminal_screen_forget_pairs(void);

// Resizes the screen. The contents of the terminal are unknown after that, and repainted.
void terminal_screen_resize(int height, int width);

// Repaints everything with the next frame.
void terminal_screen_repaint(void);

// Begins a frame with blank cells.
void terminal_screen_erase(void);

// Moves the drawing position to a cell.
void terminal_screen_move(int row, int column);

// Sets attributes and colour pair for the following text.
void terminal_screen_style(uint32_t attributes, int pair);

// Draws text at the drawing position. It must fit into the row.
void terminal_screen_add(const wchar_t *_Nonnull text, int count);

// Ends a frame, with the cursor on a cell or hidden. The bytes that update the terminal are then ready to be collected.
void terminal_screen_refresh(bool caret, int row, int column);

// Leaves the alternate screen. The next frame enters it again.
void terminal_screen_leave(void);

// The number of bytes that are ready.
size_t terminal_screen_ready(terminal_screen *_Nonnull screen);

// Copies the ready bytes, `count` of them as returned by terminal_screen_ready, and removes them.
void terminal_screen_collect(terminal_screen *_Nonnull screen, uint8_t *_Nonnull into, size_t count);

// A string capability of the terminal type (terminfo(5)), or NULL. Valid until the next call.
const char *_Nullable terminal_screen_capability(const char *_Nonnull name);

// The sequence that sets a foreground colour, or NULL. Valid until the next call.
const char *_Nullable terminal_screen_foreground(int color);

#endif
