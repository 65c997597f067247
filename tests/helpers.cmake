# SPDX-License-Identifier: BSD-2-Clause
# How a folder of tests says what it has.  A test ends with 77 when it is
# skipped, and prints one line "skipped: why" then.
set(PMAPSIM_TESTS_DIR ${CMAKE_CURRENT_LIST_DIR})

# pmapsim_test_program(name source...): a program built against the static
# library, which is allowed to look inside.
function(pmapsim_test_program name)
	add_executable(${name} ${ARGN})
	target_include_directories(${name} PRIVATE
		${PROJECT_SOURCE_DIR}/src ${PMAPSIM_TESTS_DIR})
	target_link_libraries(${name} PRIVATE pmapsim pmapsim_options
		PkgConfig::CMOCKA)
endfunction()

# pmapsim_unit_test(name [source...] [LABELS label...] [ENVIRONMENT X=y...]
# [LIBRARIES library...]): a cmocka suite; without sources it is name.c.
# tests/support.c comes with it, compiled once for all.
function(pmapsim_unit_test name)
	cmake_parse_arguments(PARSE_ARGV 1 test "" "" "LABELS;ENVIRONMENT;LIBRARIES")
	set(sources ${test_UNPARSED_ARGUMENTS})
	if(NOT sources)
		set(sources ${name}.c)
	endif()
	pmapsim_test_program(${name} ${sources}
		$<TARGET_OBJECTS:pmapsim_test_support>)
	target_link_libraries(${name} PRIVATE ${test_LIBRARIES})
	add_test(NAME ${name} COMMAND ${name}
		WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
	set_tests_properties(${name} PROPERTIES LABELS "unit;${test_LABELS}"
		ENVIRONMENT "${test_ENVIRONMENT}" SKIP_RETURN_CODE 77)
endfunction()

# pmapsim_unit_tests(name...): suites of one file each.
function(pmapsim_unit_tests)
	foreach(name ${ARGN})
		pmapsim_unit_test(${name})
	endforeach()
endfunction()

# pmapsim_script_test(name script [argument...] [LABELS label...]
# [PROPERTIES name value...]): a script of the folder that calls this.
function(pmapsim_script_test name script)
	cmake_parse_arguments(PARSE_ARGV 2 test "" "" "LABELS;PROPERTIES")
	add_test(NAME ${name} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/${script}
		${test_UNPARSED_ARGUMENTS})
	set_tests_properties(${name} PROPERTIES LABELS "${test_LABELS}"
		SKIP_RETURN_CODE 77 ${test_PROPERTIES})
endfunction()

# pmapsim_lacking_test(name lack): stands for a test that cannot be built.
function(pmapsim_lacking_test name lack)
	add_test(NAME ${name} COMMAND sh -c
		". ${PMAPSIM_TESTS_DIR}/lib.sh && lacks '${lack}'")
	set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77)
endfunction()

# pmapsim_long_tests(seconds name...): tests of the calling folder that take so
# much of a processor's time.  ctest starts the longest first, so that none is
# left alone at the end with the other processors idle.
function(pmapsim_long_tests seconds)
	set_tests_properties(${ARGN} PROPERTIES COST ${seconds})
endfunction()
