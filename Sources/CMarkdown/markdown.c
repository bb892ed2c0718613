#include "CMarkdown.h"

#include <cmark-gfm-core-extensions.h>
#include <pthread.h>
#include <string.h>

// The parser registers the special characters of its extensions in a global table, and removes them when it is done: a
// second one that runs at the same time would not see them.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const char *const extensions[] = {"table", "strikethrough", "autolink", "tasklist"};

cmark_node *markdown_parse(const char *text, size_t length) {
    pthread_mutex_lock(&lock);
    cmark_gfm_core_extensions_ensure_registered();
    // A single tilde is a home directory or an approximation more often than it strikes something out.
    cmark_parser *parser = cmark_parser_new(CMARK_OPT_STRIKETHROUGH_DOUBLE_TILDE);
    for (size_t index = 0; index < sizeof(extensions) / sizeof(*extensions); index++) {
        cmark_parser_attach_syntax_extension(parser, cmark_find_syntax_extension(extensions[index]));
    }
    cmark_parser_feed(parser, text, length);
    cmark_node *root = cmark_parser_finish(parser);
    cmark_parser_free(parser);
    pthread_mutex_unlock(&lock);
    return root;
}

static markdown_kind kind_of_extension(cmark_node *node) {
    const char *name = cmark_node_get_type_string(node);
    if (strcmp(name, "table") == 0) return MARKDOWN_TABLE;
    if (strcmp(name, "table_row") == 0 || strcmp(name, "table_header") == 0) return MARKDOWN_TABLE_ROW;
    if (strcmp(name, "table_cell") == 0) return MARKDOWN_TABLE_CELL;
    if (strcmp(name, "strikethrough") == 0) return MARKDOWN_STRIKE;
    return MARKDOWN_OTHER;
}

markdown_kind markdown_kind_of(cmark_node *node) {
    switch (cmark_node_get_type(node)) {
        case CMARK_NODE_BLOCK_QUOTE: return MARKDOWN_QUOTE;
        case CMARK_NODE_LIST: return MARKDOWN_LIST;
        case CMARK_NODE_ITEM: return MARKDOWN_ITEM;
        case CMARK_NODE_CODE_BLOCK: return MARKDOWN_CODE_BLOCK;
        case CMARK_NODE_HTML_BLOCK: return MARKDOWN_HTML_BLOCK;
        case CMARK_NODE_PARAGRAPH: return MARKDOWN_PARAGRAPH;
        case CMARK_NODE_HEADING: return MARKDOWN_HEADING;
        case CMARK_NODE_THEMATIC_BREAK: return MARKDOWN_RULE;
        case CMARK_NODE_TEXT: return MARKDOWN_TEXT;
        case CMARK_NODE_SOFTBREAK: return MARKDOWN_SOFT_BREAK;
        case CMARK_NODE_LINEBREAK: return MARKDOWN_LINE_BREAK;
        case CMARK_NODE_CODE: return MARKDOWN_CODE;
        case CMARK_NODE_HTML_INLINE: return MARKDOWN_HTML;
        case CMARK_NODE_EMPH: return MARKDOWN_EMPHASIS;
        case CMARK_NODE_STRONG: return MARKDOWN_STRONG;
        case CMARK_NODE_LINK: return MARKDOWN_LINK;
        case CMARK_NODE_IMAGE: return MARKDOWN_IMAGE;
        default: return kind_of_extension(node);
    }
}

bool markdown_is_task(cmark_node *item) { return strcmp(cmark_node_get_type_string(item), "tasklist") == 0; }

bool markdown_is_checked(cmark_node *item) { return cmark_gfm_extensions_get_tasklist_item_checked(item); }

char markdown_alignment(cmark_node *table, int column) {
    const uint8_t *alignments = cmark_gfm_extensions_get_table_alignments(table);
    if (!alignments || column < 0 || column >= cmark_gfm_extensions_get_table_columns(table)) return 0;
    return (char)alignments[column];
}
