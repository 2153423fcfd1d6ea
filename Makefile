.PHONY: demo test bench docs
demo test bench docs:
	@python3 tasks.py $@
