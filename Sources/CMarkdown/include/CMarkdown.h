// CommonMark with the tables, strikethrough, task lists and bare links of GitHub, by libcmark-gfm.
//
// The library's node types of extensions are mutable globals, and its table of special characters is changed while an
// extension is in use. Both stay in one C file: the types as an enumeration, the table behind a lock.

#ifndef CMARKDOWN_H
#define CMARKDOWN_H

#include <cmark-gfm.h>
#include <stdbool.h>
#include <stddef.h>

// What a node of the tree is.
typedef enum {
    MARKDOWN_OTHER,
    MARKDOWN_QUOTE,
    MARKDOWN_LIST,
    MARKDOWN_ITEM,
    MARKDOWN_CODE_BLOCK,
    MARKDOWN_HTML_BLOCK,
    MARKDOWN_PARAGRAPH,
    MARKDOWN_HEADING,
    MARKDOWN_RULE,
    MARKDOWN_TABLE,
    MARKDOWN_TABLE_ROW,
    MARKDOWN_TABLE_CELL,
    MARKDOWN_TEXT,
    MARKDOWN_SOFT_BREAK,
    MARKDOWN_LINE_BREAK,
    MARKDOWN_CODE,
    MARKDOWN_HTML,
    MARKDOWN_EMPHASIS,
    MARKDOWN_STRONG,
    MARKDOWN_STRIKE,
    MARKDOWN_LINK,
    MARKDOWN_IMAGE,
} markdown_kind;

// Parses a text, which may not contain U+0000. The result is freed with cmark_node_free.
cmark_node *_Nonnull markdown_parse(const char *_Nonnull text, size_t length);

markdown_kind markdown_kind_of(cmark_node *_Nonnull node);

// Whether an item has a check box, and whether it is checked.
bool markdown_is_task(cmark_node *_Nonnull item);
bool markdown_is_checked(cmark_node *_Nonnull item);

// How a column of a table is aligned: 'l', 'c', 'r', or 0 where the text does not say.
char markdown_alignment(cmark_node *_Nonnull table, int column);

#endif
