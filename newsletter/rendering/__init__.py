"""From a Document to every output: email HTML, plain text, web page, Markdown. Compile once per edition, fill once per delivery."""
