"""Everything that can be asked: a study is a question, its job computes, its result is typed."""
