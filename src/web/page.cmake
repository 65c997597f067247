# SPDX-License-Identifier: BSD-2-Clause
# Writes the page INPUT to OUTPUT; with MANUAL its link to the manual is shown.
file(READ ${INPUT} text)
if(MANUAL)
	string(REPLACE "id=\"manual\" hidden" "id=\"manual\"" text "${text}")
endif()
file(WRITE ${OUTPUT} "${text}")
