#pragma once

enum button_event { BUTTON_NONE, BUTTON_SHORT, BUTTON_LONG };

enum button_event button_event(void);
