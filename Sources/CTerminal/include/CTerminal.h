int terminal_placeholder(void); 
