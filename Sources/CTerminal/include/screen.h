// ncursesw as a machine from cells to bytes.
//
// ncurses is given no terminal. It writes into a file in memory, and what it wrote is collected after each frame and
// sent by the caller. So a frame is one write, a terminal that takes no bytes cannot block the caller inside ncurses,
// an unchanged frame is seen to be empty, and the modes of the terminal are changed in one place only.

#ifndef CTERMINAL_SCREEN_H
#define CTERMINAL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

// One screen. ncurses is a global machine: there is one of these at a time.
typedef struct terminal_screen terminal_screen;

// The attributes of text, as bits.
enum {
    TERMINAL_BOLD = 1 << 0,
    TERMINAL_DIM = 1 << 1,
    TERMINAL_ITALIC = 1 << 2,
    TERMINAL_UNDERLINE = 1 << 3,
    TERMINAL_REVERSE = 1 << 4,
    // Not displayed. Nobody asks for that; see SGRTranslator, which makes "struck through" of it.
    TERMINAL_INVISIBLE = 1 << 5,
};

// Opens a screen for a terminal of the type, or returns NULL when nothing is known about that type. The handlers of
// signals that ncurses installs are taken out again.
terminal_screen *_Nullable terminal_screen_open(const char *_Nonnull type);

// Ends the screen and frees what it holds.
void terminal_screen_close(terminal_screen *_Nonnull screen);

// Starts colours, with -1 for the terminal's own, and says how many there are; 0 when there are none.
int terminal_screen_start_color(void);

// How many pairs of colours there can be.
int terminal_screen_pairs_maximum(void);

// The number of the pair of two colours, made when it is new; negative when it cannot be made.
int terminal_screen_pair(int foreground, int background);

// Forgets all pairs.
void terminal_screen_forget_pairs(void);

// Gives the screen a size. What the terminal shows is unknown after that, and painted anew.
void terminal_screen_resize(int height, int width);

// Paints everything anew with the next frame, whatever the terminal is thought to show.
void terminal_screen_repaint(void);

// Begins a frame with blank cells.
void terminal_screen_erase(void);

// Goes to a cell.
void terminal_screen_move(int row, int column);

// Sets how what follows looks.
void terminal_screen_style(uint32_t attributes, int pair);

// Draws text where it stands. It must fit into the row.
void terminal_screen_add(const wchar_t *_Nonnull text, int count);

// Ends a frame, with the caret on a cell or hidden: the bytes that turn what is shown into it are ready to collect.
void terminal_screen_refresh(bool caret, int row, int column);

// Gives the screen of the user back. The next frame takes it again.
void terminal_screen_leave(void);

// Says how many bytes are ready.
size_t terminal_screen_ready(terminal_screen *_Nonnull screen);

// Takes the bytes that are ready: as many as terminal_screen_ready said.
void terminal_screen_collect(terminal_screen *_Nonnull screen, uint8_t *_Nonnull into, size_t count);

// A string capability of the type in use, or NULL. It is valid until the next call.
const char *_Nullable terminal_screen_capability(const char *_Nonnull name);

// The bytes that choose a foreground colour, or NULL. They are valid until the next call.
const char *_Nullable terminal_screen_foreground(int color);

#endif
